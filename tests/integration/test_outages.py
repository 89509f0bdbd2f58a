"""Kafka and Redis go away and come back: what a role says of it, and how soon it goes on."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from consumers.publisher.publisher_metrics import PublisherMetrics
from consumers.publisher.service import make_publisher
from consumers.publisher.worker import Publisher
from pipeline.adapters.store.client import make_redis
from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.embedded import EmbeddedRedis, ManagedProcess
from pipeline.settings import RedisSettings
from tests.conftest import SettingsFor
from tests.support.brokers import KAFKA_SESSION_TIMEOUT_MS, BrokerUnderTest
from tests.support.changing import changing_stories
from tests.support.kafka import KafkaCluster, free_ports
from tests.support.roles import role
from tests.support.settings import unique_settings
from tests.support.waiting import eventually
from tests.support.world import open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}
CONTACT_S = 3.0
OUTAGE_S = 20.0
BACK_S = 15.0
"""Records flow again within this time after the broker is back, on a slow machine; mostly it is two seconds."""
PAUSE_S = 10.0
"""No story waits longer than this while shards change hands, on a slow machine; mostly it is one second."""


def test_an_outage_shows_at_readyz_by_name_and_publishing_is_back_soon_after_it(
    kafka_cluster: Callable[[int], KafkaCluster], encoder: Encoder, tmp_path: Path
) -> None:
    kafka = kafka_cluster(1)
    with EmbeddedRedis(tmp_path / "redis") as redis:
        broker = BrokerUnderTest("kafka", kafka.bootstrap, KAFKA_SESSION_TIMEOUT_MS)
        settings = unique_settings(broker, redis.url, publisher=EAGER, metrics={"contact_s": CONTACT_S})
        port = settings.metrics.publisher_port
        with (
            open_world(settings) as world,
            changing_stories(world, encoder) as stories,
            role(world, "publisher", tmp_path) as process,
        ):
            eventually(lambda: _reason(port) == "ready", what="ready")
            stories.await_flow()
            kafka.kill(1)
            began = time.monotonic()
            eventually(lambda: "kafka: last contact" in _reason(port), what="Kafka named", timeout_s=3 * CONTACT_S)
            assert "redis" not in _reason(port)
            time.sleep(OUTAGE_S - (time.monotonic() - began))
            kafka.up(1)
            assert stories.await_flow() < BACK_S
            eventually(lambda: _reason(port) == "ready", what="ready again")
            redis.kill()
            eventually(lambda: "redis: last contact" in _reason(port), what="Redis named", timeout_s=3 * CONTACT_S)
            redis.start()
            assert stories.await_flow() < BACK_S
            eventually(lambda: _reason(port) == "ready", what="ready again")
            _check_log(process)


def test_shares_even_out_within_two_leases_while_records_flow(
    a_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    lease_s = 6.0
    settings = settings_for(a_broker, publisher={**EAGER, "shards": 4, "lease_s": lease_s})
    with open_world(settings) as world, changing_stories(world, encoder) as stories:
        first, second = (make_publisher(settings, PublisherMetrics()) for _ in range(2))
        with _Stepping(first):
            eventually(lambda: first.held == 4, what="all shards with the only publisher")
            stories.await_flow()
            with _Stepping(second):
                longest = stories.longest_pause(2 * lease_s)
                assert (first.held, second.held) == (2, 2)
                assert longest < PAUSE_S
            stories.await_flow()
            eventually(lambda: first.held == 4, timeout_s=2 * lease_s, what="what the second one gave back")


def test_a_redis_that_is_back_within_the_stated_time_is_waited_for(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server:
        client = make_redis(RedisSettings(url=server.url, wait_s=30.0))
        client.set("key", "value")
        server.kill()
        threading.Timer(5.0, server.start).start()
        assert client.get("key") == b"value"


@pytest.mark.timeout(60)
def test_who_is_told_to_end_waits_for_no_redis() -> None:
    (port,), stop = free_ports(1), threading.Event()
    client = make_redis(RedisSettings(url=f"redis://127.0.0.1:{port}/0", wait_s=600.0), stop=stop)
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(RedisConnectionError):
        client.ping()


@pytest.mark.parametrize("wait_s", [0.0, 3.0])
def test_a_redis_that_is_gone_is_told_after_the_stated_time(wait_s: float) -> None:
    (port,) = free_ports(1)
    client = make_redis(RedisSettings(url=f"redis://127.0.0.1:{port}/0", wait_s=wait_s))
    began = time.monotonic()
    with pytest.raises(RedisConnectionError):
        client.ping()
    assert wait_s <= time.monotonic() - began < wait_s + 5


def _reason(port: int) -> str:
    """What the role waits for; 'ready' where it waits for nothing, '' where it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return str(json.load(answer)["status"])
    except urllib.error.HTTPError as error:
        return str(json.load(error)["reason"])
    except OSError:
        return ""


def _check_log(process: ManagedProcess) -> None:
    """Each outage has one line at its beginning and one at its end, and the libraries none."""
    lines = [json.loads(line) for line in process.log_tail(1_000).splitlines()]
    contacts = [
        (each["event"], each["dependency"]) for each in lines if each["logger"] == "pipeline.runtime.contacts"
    ]
    expected = [(event, name) for name in ("kafka", "redis") for event in ("contact lost", "contact is back")]
    assert contacts == expected
    assert [each for each in lines if each["logger"].startswith(("kafka", "redis"))] == []


class _Stepping:
    """A publisher at work in a thread of its own."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._step, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._publisher.close()

    def _step(self) -> None:
        while not self._over.wait(0.02):
            self._publisher.step()
