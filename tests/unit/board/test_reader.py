"""The reader brings the topic into the view and survives whatever stands on it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kafka.errors import KafkaConnectionError

from consumers.board.board_metrics import BoardMetrics
from consumers.board.reader import StoryReader, UnreadableTopicError
from consumers.board.view import StoryView
from groundswell import ConnectError
from groundswell.broker import connecting as connecting_module
from groundswell.record import StoryRecord
from groundswell.subscriber import Connect
from pipeline.runtime.health import Health
from pipeline.settings import KafkaSettings
from tests.support.waiting import eventually
from tests.unit.client.helpers import MemoryTopic, merged, story, value_of


class Running:
    """A reader, with what it fills."""

    def __init__(self, connect: Connect | None, kafka: KafkaSettings) -> None:
        self.view = StoryView(100)
        self.metrics = BoardMetrics()
        self.health = Health(self.metrics.registry)
        self.ended = threading.Event()
        self.found: list[str] = []
        self.reader = StoryReader(
            kafka, self.view, self.metrics, self.health, on_failure=self.ended.set,
            on_topic=lambda: self.found.append("topic"), connect=connect,
        )  # fmt: skip
        self.reader.start()

    @property
    def ready(self) -> bool:
        return self.health.readyz()[0] == 200

    @property
    def reason(self) -> str:
        return str(self.health.readyz()[1].get("reason", ""))

    def count(self, outcome: str) -> float:
        return self.sample("groundswell_board_records_total", outcome=outcome)

    def sample(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0


Run = Callable[..., Running]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setattr(connecting_module, "RETRY_S", 0.02)
    started: list[Running] = []

    def start(topic: MemoryTopic | Connect | None, **kafka: Any) -> Running:
        connect = topic.connector() if isinstance(topic, MemoryTopic) else topic
        started.append(Running(connect, KafkaSettings(**kafka)))
        return started[-1]

    yield start
    for each in started:
        each.reader.stop()


def test_the_board_is_ready_once_all_partitions_were_read(run: Run) -> None:
    board = run(MemoryTopic([story("a", 1), story("a", 2)], [story("b", 1)], [], batch=1))
    eventually(lambda: board.ready)
    assert len(board.view) == 2
    assert board.metrics.registry.get_sample_value("groundswell_board_lag") == 0


def test_the_shape_of_the_topic_is_looked_at_once(run: Run) -> None:
    board = run(MemoryTopic([story("a", 1)], [story("b", 1)], batch=1))
    eventually(lambda: board.ready)
    assert board.found == ["topic"]


def test_an_empty_topic_is_ready_too(run: Run) -> None:
    board = run(MemoryTopic([]))
    eventually(lambda: board.ready)


def test_records_that_come_later_are_taken(run: Run) -> None:
    topic = MemoryTopic([story("a", 1)])
    board = run(topic)
    eventually(lambda: board.ready)
    topic.partitions[0].append(story("b", 1))
    eventually(lambda: len(board.view) == 2)


def test_malformed_records_are_counted_and_skipped(run: Run) -> None:
    bad = [b"", b"\xff", b"null", b"{}", b"[" * 50_000, b'{"a":' * 5_000]
    bad.append(value_of(story("b", 1), schema_version=2))
    board = run(MemoryTopic([*bad, story("a", 1), story("a", 1)]))
    eventually(lambda: board.ready)
    assert (board.count("unusable"), board.count("shown"), board.count("stale")) == (len(bad), 1, 1)


def test_a_fault_of_the_view_ends_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = StoryView.apply

    def apply(view: StoryView, record: StoryRecord) -> Any:
        if record.story_id == "boom":
            raise ZeroDivisionError
        return real(view, record)

    monkeypatch.setattr(StoryView, "apply", apply)
    board = run(MemoryTopic([story("boom", 1), story("a", 1)]))
    eventually(lambda: board.ready)
    assert (board.count("unusable"), len(board.view)) == (1, 1)


def test_a_tombstone_takes_the_story_off(run: Run) -> None:
    board = run(MemoryTopic([story("gone", 1), None]))
    eventually(lambda: board.ready)
    assert (len(board.view), board.count("tombstone")) == (0, 1)


def test_a_merged_story_is_counted_as_such_and_leads_to_its_survivor(run: Run) -> None:
    board = run(MemoryTopic([story("a", 1), merged("a", 2, "b")], [story("b", 1)]))
    eventually(lambda: board.ready)
    assert (board.count("shown"), board.count("merged")) == (2, 1)
    assert (len(board.view), board.view.resolve("a")) == (1, "b")


def test_a_topic_that_does_not_exist_yet_is_waited_for(run: Run) -> None:
    topic, created = MemoryTopic([story("a", 1)]), threading.Event()

    def connect(stopped: threading.Event) -> Any:
        if not created.is_set():
            raise KafkaConnectionError("the topic does not exist")
        return topic.connector()(stopped)

    board = run(connect)
    eventually(lambda: "does not exist" in board.reason)
    created.set()
    eventually(lambda: board.ready and len(board.view) == 1)


def test_a_broker_that_goes_away_is_come_back_to(run: Run) -> None:
    topic = MemoryTopic([story("a", 1), KafkaConnectionError("the broker is away"), story("b", 1)], batch=1)
    board = run(topic)
    eventually(lambda: board.ready and len(board.view) == 2)
    assert (topic.connections, topic.closed) == (2, 1)
    assert (board.count("shown"), board.count("stale")) == (2, 1)


def test_a_board_that_was_ready_stays_so_and_alive_while_the_broker_is_away(run: Run) -> None:
    topic, away, attempts = MemoryTopic([story("a", 1)]), threading.Event(), []

    def connect(stopped: threading.Event) -> Any:
        if away.is_set():
            attempts.append(board.sample("groundswell_last_beat_timestamp_seconds"))
            raise KafkaConnectionError("the broker is away")
        return topic.connector()(stopped)

    board = run(connect)
    eventually(lambda: board.ready)
    away.set()
    topic.partitions[0].append(KafkaConnectionError("gone"))
    eventually(lambda: len(attempts) > 3)
    assert board.ready
    assert attempts[3] > attempts[0], "waiting is no reason to be restarted"
    away.clear()
    topic.partitions[0].append(story("a", 2))
    eventually(lambda: board.count("shown") == 2)


def test_partitions_added_later_are_read_and_the_others_not_again(run: Run) -> None:
    topic = MemoryTopic([story("a", 1)])
    board = run(topic)
    eventually(lambda: board.ready)
    topic.partitions.append([story("b", 1)])
    eventually(lambda: len(board.view) == 2)
    assert (board.count("shown"), board.count("stale")) == (2, 0)


def test_what_waiting_can_not_mend_ends_the_reader_with_a_reason(run: Run) -> None:
    board = run(None, client={"no_such_setting": 1})  # refused before a broker is asked
    assert board.ended.wait(10)
    assert isinstance(board.reader.failure, UnreadableTopicError)
    assert "no_such_setting" in str(board.reader.failure)
    assert "kafka.client" in str(board.reader.failure)
    assert not board.ready


@pytest.mark.parametrize("error", [ConnectError("not let in"), ZeroDivisionError("a fault of ours")])
def test_the_reader_does_not_end_unnoticed_whatever_the_error(run: Run, error: Exception) -> None:
    def connect(_stopped: threading.Event) -> Any:
        raise error

    board = run(connect)
    assert board.ended.wait(10)
    assert str(error) in str(board.reader.failure)


def test_the_reader_stops_when_told(run: Run) -> None:
    topic = MemoryTopic([story("a", 1)])
    board = run(topic)
    eventually(lambda: board.ready)
    board.reader.stop()
    assert topic.closed == 1
    assert not board.ended.is_set()
