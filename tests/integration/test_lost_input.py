"""Articles that are gone before they were read are noticed, and what is left is read from its beginning."""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.error
import urllib.request
from functools import partial

import pytest
from kafka import TopicPartition

from consumers.clusterer import service
from consumers.clusterer.clusterer_metrics import ClustererMetrics, LossCause
from consumers.clusterer.input_log import LostInputError
from consumers.clusterer.worker import Clusterer
from pipeline.adapters.kafka.clients import make_admin, make_consumer
from pipeline.adapters.kafka.identity import TopicIdentity
from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.shutdown import Stop
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import cluster_all, clusterer
from tests.support.samples import article
from tests.support.topics import make_again
from tests.support.waiting import eventually
from tests.support.world import World, open_world

KEY = b"one partition"
START_OVER = {"lost_input": "start_over"}


@pytest.mark.parametrize("goes_on", [True, False], ids=["running meanwhile", "started after"])
def test_a_topic_that_was_made_again_is_read_from_its_beginning(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder, goes_on: bool
) -> None:
    settings = settings_for(broker, clusterer=START_OVER)
    with open_world(settings) as world, contextlib.ExitStack() as stack:
        one = stack.enter_context(clusterer(settings, encoder))
        world.send(map(article, range(3)), KEY)
        cluster_all(world, [one], 3)
        if not goes_on:
            stack.pop_all().close()
        make_again(settings, settings.kafka.topics.articles)
        world.send([*map(article, range(3, 9)), b"no article"], KEY)
        if not goes_on:
            one = stack.enter_context(clusterer(settings, encoder))
        cluster_all(world, [one], 3 + 7)
        assert losses(one) == {LossCause.REPLACED: 4}
        assert counted(world) == {"in": 10, "duplicate": 0, "dead_lettered": 1}
        assert len(world.dead_letters()) == 1


def test_a_topic_that_was_made_again_and_grew_to_just_where_we_stand_does_not_wait_for_more(
    a_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(a_broker, clusterer=START_OVER)
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        world.send(map(article, range(3)), KEY)
        cluster_all(world, [one], 3)
        make_again(settings, settings.kafka.topics.articles)
        world.send(map(article, range(3, 6)), KEY)
        cluster_all(world, [one], 6)
        assert losses(one) == {LossCause.REPLACED: 4}
        assert counted(world) == {"in": 6, "duplicate": 0, "dead_lettered": 0}


def test_by_default_nothing_is_read_from_a_topic_that_was_made_again(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker)
    with open_world(settings) as world, clusterer(settings, encoder) as one:
        world.send(map(article, range(3)), KEY)
        cluster_all(world, [one], 3)
        make_again(settings, settings.kafka.topics.articles)
        world.send(map(article, range(3, 9)), KEY)
        with pytest.raises(LostInputError, match=r"replaced.*clusterer\.lost_input"):
            cluster_all(world, [one], 9)
        assert losses(one) == {LossCause.REPLACED: 4}
        assert counted(world)["in"] == 3


def test_all_clusterers_start_over_together_and_each_article_counts_once(
    broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    settings = settings_for(broker, clusterer={**START_OVER, "batch_size": 4})
    with (
        open_world(settings) as world,
        clusterer(settings, encoder) as first,
        clusterer(settings, encoder) as second,
    ):
        world.send(map(article, range(12)))
        cluster_all(world, [first, second], 12)
        make_again(settings, settings.kafka.topics.articles)
        world.send(map(article, range(12, 40)))
        cluster_all(world, [first, second], 40)
        assert counted(world) == {"in": 40, "duplicate": 0, "dead_lettered": 0}


@pytest.mark.parametrize("goes_on", [True, False], ids=["running meanwhile", "started after"])
def test_articles_that_expired_before_they_were_read_are_counted_as_missed(
    kafka_broker: BrokerUnderTest,
    settings_for: SettingsFor,
    encoder: Encoder,
    monkeypatch: pytest.MonkeyPatch,
    goes_on: bool,
) -> None:
    """On Kafka alone: the embedded broker expires nothing. The client may hold a record or two already."""
    tiny = partial(make_consumer, max_partition_fetch_bytes=1, fetch_max_bytes=1)
    monkeypatch.setattr(service, "make_consumer", tiny)
    settings = settings_for(kafka_broker, clusterer=START_OVER)
    with open_world(settings) as world, contextlib.ExitStack() as stack:
        one = stack.enter_context(clusterer(settings, encoder))
        world.send(map(article, range(3)), KEY)
        cluster_all(world, [one], 3)
        if not goes_on:
            stack.pop_all().close()
        for number in range(3, 15):
            world.send([article(number)], KEY)
        expire(world, 13)
        if not goes_on:
            one = stack.enter_context(clusterer(settings, encoder))
        eventually(lambda: one.step() >= 0 and settled(world) == 15, what="the end of the topic")
        assert losses(one) == {LossCause.EXPIRED: 1}
        assert missed(one) + counted(world)["in"] == 15
        assert missed(one) >= (8 if goes_on else 10)


def test_a_topic_that_ends_before_the_position_is_read_from_its_beginning(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a broker that tells no ids of topics."""
    monkeypatch.setattr(TopicIdentity, "current", lambda _: None)
    settings = settings_for(kafka_broker, clusterer=START_OVER)
    with open_world(settings) as world:
        with clusterer(settings, encoder) as one:
            world.send(map(article, range(6)), KEY)
            cluster_all(world, [one], 6)
        make_again(settings, settings.kafka.topics.articles)
        world.send([*map(article, range(6, 8)), b"no article"], KEY)
        with clusterer(settings, encoder) as two:
            cluster_all(world, [two], 9)
            assert losses(two) == {LossCause.TRUNCATED: 1}
        assert counted(world) == {"in": 9, "duplicate": 0, "dead_lettered": 1}
        assert len(world.dead_letters()) == 1


def test_a_clusterer_that_stopped_says_why_until_it_is_ended(
    embedded_broker: BrokerUnderTest,
    settings_for: SettingsFor,
    encoder: Encoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "open_encoder", lambda _: encoder)
    settings = settings_for(embedded_broker)
    with open_world(settings) as world:
        with clusterer(settings, encoder) as one:
            world.send(map(article, range(3)), KEY)
            cluster_all(world, [one], 3)
        make_again(settings, settings.kafka.topics.articles)
        stop, ended = Stop(), []

        def run() -> None:
            with pytest.raises(LostInputError):
                service.run_clusterer(settings, stop)
            ended.append(True)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            eventually(lambda: "replaced" in readiness(settings), what="the reason")
            assert not ended, "it stays up, so that it can be asked"
        finally:
            stop.set()
            thread.join(30)
        assert ended


def expire(world: World, before: int) -> None:
    """As retention does: the topic begins at this offset afterwards."""
    (partition,) = [number for number, end in world.ends().items() if end]
    with contextlib.closing(make_admin(world.settings.kafka)) as admin:
        admin.delete_records({TopicPartition(world.settings.kafka.topics.articles, partition): before})


def settled(world: World) -> int:
    """Where the furthest partition stands."""
    return max(world.positions.read(world.settings.kafka.topics.articles, range(4)).values())


def counted(world: World) -> dict[str, int]:
    counters = world.positions.counters()
    return {name: counters[name] for name in ("in", "duplicate", "dead_lettered")}


def losses(one: Clusterer) -> dict[LossCause, int]:
    counts = {cause: int(value(one._metrics, "input_losses", cause)) for cause in LossCause}
    return {cause: count for cause, count in counts.items() if count}


def missed(one: Clusterer) -> int:
    found = one._metrics.registry.get_sample_value("groundswell_articles_missed_total")
    assert found is not None
    return int(found)


def value(metrics: ClustererMetrics, name: str, cause: LossCause) -> float:
    found = metrics.registry.get_sample_value(f"groundswell_{name}_total", {"reason": cause.value})
    assert found is not None
    return found


def readiness(settings: Settings) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{settings.metrics.clusterer_port}/readyz") as answer:
            return str(json.load(answer))
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""
