"""The whole topic as a source, over a client that is none."""

from __future__ import annotations

from typing import Any

import pytest
from kafka import TopicPartition

from groundswell.broker import source as source_module
from groundswell.broker.source import WholeTopic
from tests.unit.client.helpers import Raw


class FakeConsumer:
    """The parts of a KafkaConsumer that are used, over lists that tests append to."""

    def __init__(self, topic: dict[int, list[bytes]]) -> None:
        self.topic = topic
        self.positions: dict[TopicPartition, int] = {}

    def partitions_for_topic(self, name: str) -> set[int] | None:
        return set(self.topic) or None

    def assignment(self) -> set[TopicPartition]:
        return set(self.positions)

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.positions = dict.fromkeys(partitions, -1)

    def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        self.positions.update(dict.fromkeys(partitions, 0))

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset

    def position(self, partition: TopicPartition, timeout_ms: int) -> int:
        return self.positions[partition]

    def highwater(self, partition: TopicPartition) -> int:
        return len(self.topic[partition.partition])

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        batches: dict[TopicPartition, list[Any]] = {}
        for partition, place in self.positions.items():
            if place < len(self.topic[partition.partition]):
                value = self.topic[partition.partition][place]
                batches[partition] = [Raw(b"key", value, partition.partition, place)]
                self.positions[partition] = place + 1
        return batches


def values(source: WholeTopic, polls: int = 4) -> list[bytes | None]:
    return sorted(record.value for _ in range(polls) for record in source.poll())


def test_partitions_added_later_are_read_and_the_others_not_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "PARTITIONS_CHECK_S", 0.0)
    topic = {0: [b"a", b"b"]}
    source = WholeTopic(FakeConsumer(topic), "stories")
    assert values(source) == [b"a", b"b"]
    topic[1] = [b"c"]
    topic[0].append(b"d")
    assert values(source) == [b"c", b"d"]
    assert source.at_end_of_start()
    assert source.lag() == 0


def test_a_topic_whose_partitions_are_not_known_is_not_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "PARTITIONS_CHECK_S", 0.0)
    topic: dict[int, list[bytes]] = {}
    source = WholeTopic(FakeConsumer(topic), "stories")
    assert values(source) == []
    assert not source.at_end_of_start()
    topic[0] = [b"a"]
    assert values(source) == [b"a"]
    assert source.at_end_of_start()


def test_a_topic_that_never_rests_is_caught_up_with_all_the_same() -> None:
    topic = {0: [b"a", b"b"]}
    source = WholeTopic(FakeConsumer(topic), "stories")
    for _ in range(2):
        source.poll()
        topic[0] += [b"c", b"d"]
    assert source.at_end_of_start()
    assert source.lag() == 4
