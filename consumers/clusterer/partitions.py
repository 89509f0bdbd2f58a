"""Which partitions are ours and where each stands: Redis decides, not Kafka (promise 2)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import IllegalStateError

from pipeline.store.positions import Positions

Polled = dict[TopicPartition, list[ConsumerRecord]]

BUFFERED_RECORDS = 1_000
"""Records held of one partition; above it the partition is paused."""

IDLE_SEEK_S = 5.0
"""After so long without a record all partitions are sought again."""


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
        self._rebalances: deque[tuple[bool, frozenset[TopicPartition]]] = deque()
        self._last_taken = time.monotonic()
        self._buffers: dict[TopicPartition, deque[ConsumerRecord]] = {}
        self.positions: dict[TopicPartition, int] = {}
        """The next offset to apply of each partition of ours."""
        consumer.subscribe([topic], listener=self)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Only note it: the client calls this in a thread of its own, also between two polls."""
        self._rebalances.append((True, frozenset(assigned)))

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Only note it; whoever gets them reads the position from the store."""
        self._rebalances.append((False, frozenset(revoked)))

    def poll(self, timeout_s: float, max_records: int) -> Polled:
        """The next records by time, of each partition contiguous with its stored position."""
        buffered = sum(len(buffer) for buffer in self._buffers.values())
        wait_ms = 0 if buffered >= max_records else int(timeout_s * 1000)
        self._fill(self._consumer.poll(timeout_ms=wait_ms, max_records=len(self._buffers or "x") * max_records))
        taken = self._take(max_records)
        if taken:
            self._last_taken = time.monotonic()
        elif time.monotonic() - self._last_taken > IDLE_SEEK_S:
            self._seek_again()
        return taken

    def _seek_again(self) -> None:
        """A pause is the time to make sure of it: whatever the client lost track of in a rebalance is sought."""
        self._last_taken = time.monotonic()
        assigned = sorted(self._consumer.assignment())
        if not assigned:
            return
        missing = [each for each in assigned if each not in self.positions]
        self.seek(assigned)
        self._on_assigned(missing)

    def seek(self, partitions: Sequence[TopicPartition]) -> None:
        """Go to the stored positions; what is buffered of these partitions is read again."""
        beginnings = self._consumer.beginning_offsets(list(partitions))
        for topic in {partition.topic for partition in partitions}:
            wanted = {each.partition: beginnings[each] for each in partitions if each.topic == topic}
            for number, offset in self._store.start(topic, wanted).items():
                partition = TopicPartition(topic, number)
                try:
                    self._consumer.seek(partition, offset)
                    self._consumer.resume(partition)
                except IllegalStateError:  # revoked a moment ago: the note of it is on its way
                    continue
                self.positions[partition] = offset
                self._buffers[partition] = deque()

    def go_back(self) -> None:
        """Read again from where the store stands: all partitions, for a Redis that lost data lost it of all."""
        self.seek(sorted(self.positions))

    def advance(self, partition: TopicPartition, offset: int) -> None:
        """The store applied everything before `offset`."""
        if partition in self.positions:
            self.positions[partition] = offset

    def lag(self) -> int:
        """Records that wait in our partitions. The high-water mark is right on every broker."""
        marks = ((self._mark(each), at) for each, at in self.positions.items())
        return sum(max(mark - at, 0) for mark, at in marks if mark is not None)

    def _mark(self, partition: TopicPartition) -> int | None:
        try:
            mark: int | None = self._consumer.highwater(partition)
        except IllegalStateError:  # revoked a moment ago
            return None
        return mark

    def _fill(self, polled: Polled) -> None:
        """Buffer what came.

        The consumer starts a partition at Kafka's committed offset: what it gives before our seek is dropped.
        """
        fresh = self._follow_rebalances()
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

    def _follow_rebalances(self) -> list[TopicPartition]:
        """Forget what was revoked; return what was assigned since, which is to be sought."""
        fresh: set[TopicPartition] = set()
        while self._rebalances:
            gained, partitions = self._rebalances.popleft()
            fresh = fresh | partitions if gained else fresh - partitions
            for partition in partitions:
                self.positions.pop(partition, None)
                self._buffers.pop(partition, None)
        return sorted(fresh)

    def _take(self, max_records: int) -> Polled:
        """The earliest records of all buffers."""
        taken: Polled = {}
        for _ in range(max_records):
            waiting = [(buffer[0].timestamp, partition) for partition, buffer in self._buffers.items() if buffer]
            if not waiting:
                break
            _, partition = min(waiting)
            taken.setdefault(partition, []).append(self._buffers[partition].popleft())
        for partition in self._consumer.paused() & self._consumer.assignment():
            if len(self._buffers.get(partition, ())) < BUFFERED_RECORDS // 2:
                self._consumer.resume(partition)
        return taken
