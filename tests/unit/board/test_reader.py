"""The reader brings the topic into the view and survives whatever stands on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError

from consumers.board import reader as reader_module
from consumers.board.metrics import BoardMetrics
from consumers.board.reader import StoryReader
from consumers.board.view import StoryView
from pipeline.probe import Health
from pipeline.settings import KafkaSettings
from tests.browser.records import OUTLETS, START, member, story


def record(story_id: str, revision: int = 1) -> bytes:
    return story(story_id, [member(OUTLETS[0], story_id, START)], revision=revision).model_dump_json().encode()


class FakeConsumer:
    """The parts of a KafkaConsumer that the reader uses, over lists that tests append to."""

    def __init__(self, topic: dict[int, list[bytes | None]], failing: int = 0) -> None:
        self.topic = topic
        self.failing = failing
        self.positions: dict[TopicPartition, int] = {}
        self.closed = False

    def partitions_for_topic(self, name: str) -> set[int] | None:
        return set(self.topic) or None

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.positions = {each: self.positions.get(each, -1) for each in partitions}

    def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        self.positions.update(dict.fromkeys(partitions, 0))

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset

    def position(self, partition: TopicPartition) -> int:
        return self.positions[partition]

    def highwater(self, partition: TopicPartition) -> int:
        return len(self.topic[partition.partition])

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        if self.failing:
            self.failing -= 1
            raise KafkaError("the broker is away")
        batches = {}
        for partition, place in self.positions.items():
            if place < len(self.topic[partition.partition]):
                value = self.topic[partition.partition][place]
                batches[partition] = [SimpleNamespace(
                    partition=partition.partition, offset=place, key=b"key", value=value)]
                self.positions[partition] = place + 1
        if not batches:
            time.sleep(0.002)
        return batches

    def close(self) -> None:
        self.closed = True


class Running:
    """A reader over fake consumers, with what it fills."""

    def __init__(self, connect: Callable[[KafkaSettings], Any]) -> None:
        self.view = StoryView(100)
        self.metrics = BoardMetrics()
        self.health = Health(self.metrics.registry)
        self.reader = StoryReader(KafkaSettings(), self.view, self.metrics, self.health, connect)
        self.reader.start()

    @property
    def ready(self) -> bool:
        return self.health.readyz()[0] == 200

    def count(self, outcome: str) -> float:
        return self.metrics.registry.get_sample_value("groundswell_board_records_total", {"outcome": outcome}) or 0


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.005)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Running]]:
    monkeypatch.setattr(reader_module, "RETRY_S", 0.02)
    monkeypatch.setattr(reader_module, "PARTITIONS_CHECK_S", 0.02)
    started: list[Running] = []

    def start(connect: Callable[[KafkaSettings], Any]) -> Running:
        started.append(Running(connect))
        return started[-1]

    yield start
    for each in started:
        each.reader.stop()


def test_the_board_is_ready_once_all_partitions_were_read(run: Callable[..., Running]) -> None:
    consumer = FakeConsumer({0: [record("a"), record("a", 2)], 1: [record("b")], 2: []})
    board = run(lambda _settings: consumer)
    eventually(lambda: board.ready)
    assert len(board.view) == 2
    assert board.metrics.registry.get_sample_value("groundswell_board_lag") == 0


def test_an_empty_topic_is_ready_too(run: Callable[..., Running]) -> None:
    board = run(lambda _settings: FakeConsumer({0: []}))
    eventually(lambda: board.ready)


def test_records_that_come_later_are_taken(run: Callable[..., Running]) -> None:
    topic: dict[int, list[bytes | None]] = {0: [record("a")]}
    board = run(lambda _settings: FakeConsumer(topic))
    eventually(lambda: board.ready)
    topic[0].append(record("b"))
    eventually(lambda: len(board.view) == 2)


def test_malformed_records_are_counted_and_skipped(run: Callable[..., Running]) -> None:
    bad: list[bytes | None] = [b"", b"\xff", b"null", b"{}", b"[" * 50_000, b'{"a":' * 5_000]
    board = run(lambda _settings: FakeConsumer({0: [*bad, record("a"), record("a")]}))
    eventually(lambda: board.ready)
    assert (board.count("unusable"), board.count("shown"), board.count("stale")) == (len(bad), 1, 1)


def test_a_fault_of_the_view_ends_nothing(run: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    real = StoryView.apply

    def apply(view: StoryView, raw: bytes) -> Any:
        if b"boom" in raw:
            raise ZeroDivisionError
        return real(view, raw)

    monkeypatch.setattr(StoryView, "apply", apply)
    board = run(lambda _settings: FakeConsumer({0: [record("boom"), record("a")]}))
    eventually(lambda: board.ready)
    assert (board.count("unusable"), len(board.view)) == (1, 1)


def test_a_tombstone_takes_the_story_off(run: Callable[..., Running]) -> None:
    board = run(lambda _settings: FakeConsumer({0: [record("key"), None]}))
    eventually(lambda: board.ready)
    assert (len(board.view), board.count("tombstone")) == (0, 1)


def test_a_topic_that_does_not_exist_yet_is_waited_for(run: Callable[..., Running]) -> None:
    topic: dict[int, list[bytes | None]] = {}
    board = run(lambda _settings: FakeConsumer(topic))
    eventually(lambda: "does not exist" in board.health.readyz()[1].get("reason", ""))
    topic[0] = [record("a")]
    eventually(lambda: board.ready and len(board.view) == 1)


def test_a_broker_that_goes_away_is_come_back_to(run: Callable[..., Running]) -> None:
    consumers = [FakeConsumer({0: [record("a")]}, failing=1), FakeConsumer({0: [record("a"), record("b")]})]
    attempts = iter([KafkaError("no broker"), *consumers])

    def connect(_settings: KafkaSettings) -> Any:
        attempt = next(attempts)
        if isinstance(attempt, KafkaError):
            raise attempt
        return attempt

    board = run(connect)
    eventually(lambda: board.ready and len(board.view) == 2)
    assert consumers[0].closed


def test_partitions_added_later_are_read_and_the_others_not_again(run: Callable[..., Running]) -> None:
    topic: dict[int, list[bytes | None]] = {0: [record("a")]}
    board = run(lambda _settings: FakeConsumer(topic))
    eventually(lambda: board.ready)
    topic[1] = [record("b")]
    eventually(lambda: len(board.view) == 2)
    assert (board.count("shown"), board.count("stale")) == (2, 0)


def test_the_reader_stops_when_told(run: Callable[..., Running]) -> None:
    consumer = FakeConsumer({0: [record("a")]})
    board = run(lambda _settings: consumer)
    eventually(lambda: board.ready)
    board.reader.stop()
    assert consumer.closed
