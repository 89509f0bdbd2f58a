"""The board as a process of its own, on a real broker."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from pipeline.adapters.kafka.clients import make_admin, make_producer
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.settings import Settings
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story
from tests.conftest import SettingsFor
from tests.support.blast import blast
from tests.support.brokers import BrokerUnderTest
from tests.support.settings import settings_env
from tests.support.waiting import eventually

RUN = (
    "from consumers.board.service import run_board; from pipeline.settings import load_settings; "
    "from pipeline.runtime.logs import configure_logs; configure_logs('info', 'board'); run_board(load_settings())"
)


@contextmanager
def running(settings: Settings) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """The board in a process, and a client to it."""
    process = subprocess.Popen([sys.executable, "-c", RUN], env=settings_env(settings), stderr=subprocess.PIPE)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{settings.board.port}", timeout=10) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def produce(settings: Settings, *values: tuple[str, bytes | None], abort: bool = False) -> None:
    """Put records on the topic of stories in one transaction."""
    producer = make_producer(settings.kafka, transactional_id=f"t-{settings.kafka.topics.stories}")
    producer.init_transactions()
    producer.begin_transaction()
    for key, value in values:
        producer.send(settings.kafka.topics.stories, key=key.encode(), value=value)
    producer.flush()
    producer.abort_transaction() if abort else producer.commit_transaction()
    producer.close()


def wire(number: int) -> tuple[str, bytes]:
    record = some_story(number)
    return record.story_id, record.model_dump_json().encode()


def test_the_board_shows_the_topic_follows_it_and_stops_at_once(
    settings_for: SettingsFor, broker: BrokerUnderTest
) -> None:
    settings = settings_for(broker)
    admin = make_admin(settings.kafka)
    apply_topics(admin, settings.kafka)
    admin.close()
    produce(settings, *(wire(number) for number in range(200)), ("bad", b"not json"), ("worse", b"\xff\x00"))
    if broker.is_kafka:  # the embedded broker shows aborted records too
        hidden = story("aborted", [member(OUTLETS[0], "Never said", START)])
        produce(settings, ("aborted", hidden.model_dump_json().encode()), abort=True)
    with running(settings) as (process, client):
        eventually(lambda: is_ready(client), what="ready")
        assert client.get("/api/stories").json()["total"] == 200
        metrics = client.get("/metrics").text
        assert 'groundswell_board_records_total{outcome="unusable"} 2.0' in metrics
        assert "groundswell_board_lag 0.0" in metrics
        heard = hear(client)
        produce(settings, ("st-harbour-blast", blast().model_dump_json().encode()), (wire(3)[0], None))
        eventually(lambda: client.get("/api/stories").json()["total"] == 200 and len(heard) == 2, what="followed")
        assert client.get("/stories/st-harbour-blast").status_code == 200
        assert client.get(f"/stories/{wire(3)[0]}").status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(8) == 0, "an open stream must not hold the board up"


def test_the_board_is_not_ready_before_the_topic_is_there(
    settings_for: SettingsFor, embedded_broker: BrokerUnderTest
) -> None:
    settings = settings_for(embedded_broker)
    with running(settings) as (_process, client):
        eventually(lambda: _reason(client), what="a reason")
        assert "does not exist" in _reason(client)
        assert client.get("/healthz").status_code == 200
        assert "No story yet" in client.get("/").text
        admin = make_admin(settings.kafka)
        apply_topics(admin, settings.kafka)
        admin.close()
        eventually(lambda: is_ready(client), what="ready")


def _reason(client: httpx.Client) -> str:
    try:
        reason = str(client.get("/readyz").json().get("reason", ""))
    except httpx.TransportError:
        return ""
    return reason if reason != "starting" else ""


def hear(client: httpx.Client) -> list[str]:
    """Names of the events that come over a stream, gathered in the background."""
    heard: list[str] = []
    connected = threading.Event()

    def listen() -> None:
        with client.stream("GET", "/api/events", timeout=None) as stream:
            for line in stream.iter_lines():
                connected.set()
                if line.startswith("event: "):
                    heard.append(line.removeprefix("event: "))

    threading.Thread(target=listen, daemon=True).start()
    assert connected.wait(5)
    return heard


def test_a_board_whose_settings_no_wait_can_mend_ends_with_an_error(
    settings_for: SettingsFor, embedded_broker: BrokerUnderTest
) -> None:
    settings = settings_for(embedded_broker, kafka={"client": {"no_such_setting": 1}})
    with running(settings) as (process, _client):
        assert process.wait(30) == 1
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert "UnreadableTopicError" in said
    assert "no_such_setting" in said
    assert "kafka.client" in said
