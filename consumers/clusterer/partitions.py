"""Which partitions are ours and where each stands: Redis decides, not Kafka (promise 2)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from pipeline.store.positions import Positions

Polled = dict[TopicPartition, list[ConsumerRecord]]

BUFFERED_RECORDS = 1_000
"""Records held of one partition; above it the partition is paused."""


class Partitions(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """The partitions of one consumer, each read from the position that the store holds.

    Records of all partitions are merged by their timestamp, as Kafka Streams does: in a backlog one partition
    must not run hours ahead of another, because what is clustered depends on what came before.
    """

    def __init__(
        self,
        consumer: KafkaConsumer,
        positions: Positions,
        topic: str,
        on_assigned: Callable[[Sequence[TopicPartition]], None],
    ) -> None:
        self._consumer = consumer
        self._store = positions
        self._on_assigned = on_assigned
        self._unsought: set[TopicPartition] = set()
        self._buffers: dict[TopicPartition, deque[ConsumerRecord]] = {}
        self.positions: dict[TopicPartition, int] = {}
        """The next offset to apply of each partition of ours."""
        consumer.subscribe([topic], listener=self)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Only note it: no request may be made here, in the client's thread, for which `poll` is waiting."""
        self._unsought |= set(assigned)

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Forget them, again while `poll` is waiting; whoever gets them reads the position from the store."""
        for partition in revoked:
            self.positions.pop(partition, None)
            self._buffers.pop(partition, None)
            self._unsought.discard(partition)

    def poll(self, timeout_s: float, max_records: int) -> Polled:
        """The next records by time, of each partition contiguous with its stored position."""
        buffered = sum(len(buffer) for buffer in self._buffers.values())
        wait_ms = 0 if buffered >= max_records else int(timeout_s * 1000)
        self._fill(self._consumer.poll(timeout_ms=wait_ms, max_records=len(self._buffers or "x") * max_records))
        return self._take(max_records)

    def seek(self, partitions: Sequence[TopicPartition]) -> None:
        """Go to the stored positions; what is buffered of these partitions is read again."""
        beginnings = self._consumer.beginning_offsets(list(partitions))
        for topic in {partition.topic for partition in partitions}:
            wanted = {each.partition: beginnings[each] for each in partitions if each.topic == topic}
            for number, offset in self._store.start(topic, wanted).items():
                partition = TopicPartition(topic, number)
                self._consumer.seek(partition, offset)
                self._consumer.resume(partition)
                self.positions[partition] = offset
                self._buffers[partition] = deque()
                self._unsought.discard(partition)

    def go_back(self) -> None:
        """Read again from where the store stands: all partitions, for a Redis that lost data lost it of all."""
        self.seek(sorted(self.positions))

    def advance(self, partition: TopicPartition, offset: int) -> None:
        """The store applied everything before `offset`."""
        if partition in self.positions:
            self.positions[partition] = offset

    def lag(self) -> int:
        """Records that wait in our partitions. The high-water mark is right on every broker."""
        marks = ((self._consumer.highwater(each), at) for each, at in self.positions.items())
        return sum(max(mark - at, 0) for mark, at in marks if mark is not None)

    def _fill(self, polled: Polled) -> None:
        """Buffer what came.

        The consumer starts a partition at Kafka's committed offset: what it gives before our seek is dropped. A
        reset to the beginning that it had under way may still end after our seek: what comes again is dropped too.
        A gap is no loss: the mark of a transaction takes up an offset, and nothing but a seek leads ahead.
        """
        fresh = sorted(self._unsought)
        if fresh:
            self.seek(fresh)
            self._on_assigned(fresh)
        for partition, records in polled.items():
            if partition in self._buffers and partition not in fresh:
                buffer = self._buffers[partition]
                expected = buffer[-1].offset + 1 if buffer else self.positions[partition]
                buffer.extend(record for record in records if record.offset >= expected)
                if len(buffer) >= BUFFERED_RECORDS:
                    self._consumer.pause(partition)

    def _take(self, max_records: int) -> Polled:
        """The earliest records of all buffers."""
        taken: Polled = {}
        for _ in range(max_records):
            waiting = [(buffer[0].timestamp, partition) for partition, buffer in self._buffers.items() if buffer]
            if not waiting:
                break
            _, partition = min(waiting)
            taken.setdefault(partition, []).append(self._buffers[partition].popleft())
        for partition in self._consumer.paused():
            if len(self._buffers.get(partition, ())) < BUFFERED_RECORDS // 2:
                self._consumer.resume(partition)
        return taken
