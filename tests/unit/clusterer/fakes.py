"""A Kafka consumer, a producer and a store of positions that live in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

TOPIC = "articles"
MEMBER = ConsumerGroupMetadata("the group", 7, "a member")


@dataclass(frozen=True)
class FakeRecord:
    """What a consumer gives, as far as the clusterer looks at it."""

    partition: int
    offset: int
    timestamp: int
    value: bytes | None = b"no article"
    topic: str = TOPIC
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


def at(partition: int) -> TopicPartition:
    """A partition of the topic of articles."""
    return TopicPartition(TOPIC, partition)


class FakePositions:
    """The store's positions."""

    def __init__(self, **stored: int) -> None:
        self.stored = {int(name[1:]): offset for name, offset in stored.items()}

    def start(
        self, topic: str, beginnings: Mapping[int, int], topic_id: str | None = None, *, anew: bool = False
    ) -> None:
        for partition, beginning in beginnings.items():
            self.stored.setdefault(partition, beginning)

    def read(self, topic: str, partitions: Iterable[int]) -> dict[int, int]:
        return {each: self.stored[each] for each in partitions}


class FakeIdentity:
    """A broker that tells no ids of topics."""

    def current(self) -> None:
        """Of the topic of articles."""

    def close(self) -> None:
        """Nothing to let go of."""


class FakeFuture:
    """Of a record that the broker took."""

    def get(self, timeout: float | None = None) -> None:
        """Nothing is asked of the metadata."""


class FakeConsumer:
    """Gives what `feed` queued; remembers seeks, pauses and commits."""

    def __init__(self) -> None:
        self.queue: list[dict[TopicPartition, list[Any]] | KafkaError] = []
        self.asked: list[tuple[int, int]] = []
        self.sought: list[tuple[int, int]] = []
        self.marks: dict[TopicPartition, int | None] = {}
        self.offsets: dict[TopicPartition, int] = {}
        self.said: dict[TopicPartition, str] = {}
        """The text beside each offset."""
        self.beginnings: dict[TopicPartition, int] = {}
        self.listener: Any = None
        self.closed = False
        self._paused: set[TopicPartition] = set()

    def feed(self, *records: FakeRecord) -> None:
        """One answer of the broker."""
        answer: dict[TopicPartition, list[Any]] = {}
        for record in records:
            answer.setdefault(at(record.partition), []).append(record)
        self.queue.append(answer)

    def fail(self, error: KafkaError) -> None:
        """The next poll ends so."""
        self.queue.append(error)

    def subscribe(self, topics: Sequence[str], listener: Any) -> None:
        self.listener = listener

    def poll(self, timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        self.asked.append((timeout_ms, max_records))
        answer = self.queue.pop(0) if self.queue else {}
        if isinstance(answer, KafkaError):
            raise answer
        return answer

    def beginning_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {each: self.beginnings.get(each, 0) for each in partitions}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.sought.append((partition.partition, offset))

    def pause(self, *partitions: TopicPartition) -> None:
        self._paused |= set(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        self._paused -= set(partitions)

    def paused(self) -> set[TopicPartition]:
        return set(self._paused)

    def highwater(self, partition: TopicPartition) -> int | None:
        return self.marks.get(partition)

    def committed(self, partition: TopicPartition, *, metadata: bool) -> OffsetAndMetadata | None:
        assert metadata
        offset = self.offsets.get(partition)
        return None if offset is None else OffsetAndMetadata(offset, self.said.get(partition, ""), -1)

    def position(self, partition: TopicPartition) -> int:
        return next((offset for number, offset in reversed(self.sought) if number == partition.partition), 0)

    def commit_async(self, offsets: Mapping[TopicPartition, Any]) -> None:
        self.offsets.update({partition: each.offset for partition, each in offsets.items()})
        self.said.update({partition: each.metadata for partition, each in offsets.items()})

    def group_metadata(self) -> ConsumerGroupMetadata:
        return MEMBER

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeProducer:
    """A transactional producer; `topic` and `offsets` hold what was committed."""

    topic: list[bytes | None] = field(default_factory=list)
    offsets: dict[TopicPartition, int] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    groups: list[object] = field(default_factory=list)
    fails: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    """What it was opened with."""
    addressed: list[tuple[str, bytes | None, dict[str, bytes]]] = field(default_factory=list)
    """Topic, key and headers of each record that was sent."""
    told: list[tuple[str, int]] = field(default_factory=list)
    """Metadata and epoch of the leader beside each offset."""
    _sent: list[bytes | None] = field(default_factory=list)
    _offsets: dict[TopicPartition, int] = field(default_factory=dict)

    def init_transactions(self) -> None:
        self.calls.append("init")

    def begin_transaction(self) -> None:
        self._sent, self._offsets = [], {}
        self.calls.append("begin")

    def send(
        self, topic: str, *, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
    ) -> FakeFuture:
        self.addressed.append((topic, key, dict(headers)))
        self._sent.append(value)
        return FakeFuture()

    def send_offsets_to_transaction(self, offsets: Mapping[TopicPartition, Any], group: object) -> None:
        self.groups.append(group)
        self.told += [(each.metadata, each.leader_epoch) for each in offsets.values()]
        self._offsets = {partition: each.offset for partition, each in offsets.items()}

    def commit_transaction(self) -> None:
        if self.fails:
            raise KafkaError("fenced")
        self.topic += self._sent
        self.offsets |= self._offsets
        self.calls.append("commit")

    def abort_transaction(self) -> None:
        self.calls.append("abort")

    def close(self, timeout: float = 0) -> None:
        self.calls.append("close")
