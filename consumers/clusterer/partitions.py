"""Which partitions are ours and where each stands: Redis decides, not Kafka (promise 2)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import (
    CommitFailedError,
    KafkaError,
    LogTruncationError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from kafka.structs import ConsumerGroupMetadata

from consumers.clusterer.input_log import InputLog

log = structlog.get_logger(__name__)

Polled = dict[TopicPartition, list[ConsumerRecord]]

BUFFERED_RECORDS = 1_000
"""Records held of one partition; above it the partition is paused."""

BATCH_BYTES = 16_777_216
"""What is taken at once ends with the record that reaches this: articles may be very long."""


LOOK_EVERY_S = 5.0
"""So often the topic is looked at where nothing comes: one that was made again may have grown to just where we
stand, and there the broker refuses nothing."""


@dataclass(frozen=True)
class Taken:
    """Records that were taken at once, of each partition contiguous with what was taken before."""

    records: Polled
    starts: Mapping[TopicPartition, int]
    """Where each partition stood before."""
    epoch: int
    membership: ConsumerGroupMetadata
    """As whom we got them. With it the broker finds out who went on working after the group had gone on without
    it."""
    topic_id: str | None
    """Of the topic that they were read from; None where the broker does not tell."""

    @property
    def count(self) -> int:
        """How many records."""
        return sum(map(len, self.records.values()))


class Partitions(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """The partitions of one consumer, each read from the position that the store holds.

    What is taken may be applied later, in the order in which it was taken. Until then it is under way.

    Records of all partitions are merged by their timestamp, as Kafka Streams does: in a backlog one partition
    must not run hours ahead of another, because what is clustered depends on what came before. A timestamp that
    lies ahead counts as the time of reading: else its partition would wait until the others have nothing more.
    """

    def __init__(
        self,
        consumer: KafkaConsumer,
        input_log: InputLog,
        topic: str,
        on_assigned: Callable[[Sequence[TopicPartition]], None],
    ) -> None:
        """`consumer` must reset no offsets by itself: where it can't read, the input log says what to do."""
        self._consumer = consumer
        self._log = input_log
        self._on_assigned = on_assigned
        self._unsought: set[TopicPartition] = set()
        self._refused: set[TopicPartition] = set()
        """Partitions that the broker does not read on: settled once what is buffered of them is applied."""
        self._unchecked = False
        """Whether records came since the topic was last known to be ours."""
        self._looked_at = time.monotonic()
        """When it was, or nobody answered."""
        self._told_unchecked = False
        """Whether the log says of these records that nobody knows; an outage is not told at each look."""
        self._buffers: dict[TopicPartition, deque[tuple[int, ConsumerRecord]]] = {}
        """Records with the time that they are merged by, in milliseconds."""
        self.positions: dict[TopicPartition, int] = {}
        """The next offset to apply of each partition of ours."""
        self._untaken: dict[TopicPartition, int] = {}
        """The next offset to take; what lies between the position and it is under way."""
        self._epoch = 0
        """Another one since something that was under way will be read again, by us or by another."""
        self._membership: ConsumerGroupMetadata = consumer.group_metadata()
        """Ours, at the last fetch."""
        consumer.subscribe([topic], listener=self)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Only note it: no request may be made here, in the client's thread, for which `poll` is waiting."""
        self._unsought |= set(assigned)

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Forget them, again while `poll` is waiting; whoever gets them reads the position from the store."""
        for partition in revoked:
            self._let_go(partition)
            self.positions.pop(partition, None)
            self._untaken.pop(partition, None)
            self._buffers.pop(partition, None)
            self._unsought.discard(partition)
            self._refused.discard(partition)

    def fetch(self, timeout_s: float, max_records: int) -> None:
        """Let the client work, and buffer what it has of each partition; wait for it where nothing is buffered.

        To be called time and again: the group takes for dead whoever does not.
        """
        wait_ms = 0 if self.buffered else int(timeout_s * 1000)
        polled = self._fetch(wait_ms, len(self._buffers or "x") * max_records)
        self._membership = self._consumer.group_metadata()
        self._fill(polled)

    def take(self, max_records: int) -> Taken | None:
        """The next records by time; None where there are none, or nobody says whether they are of our topic."""
        if not self._checked() or not self.buffered:
            return None
        starts = dict(self._untaken)
        return Taken(self._take(max_records), starts, self._epoch, self._membership, self._log.topic_id)

    def holds(self, taken: Taken) -> bool:
        """Whether what was taken may be applied: nothing before it, and nothing of it, is to be read again."""
        return taken.epoch == self._epoch

    @property
    def buffered(self) -> int:
        """Records that can be taken."""
        return sum(len(buffer) for buffer in self._buffers.values())

    def seek(self, partitions: Sequence[TopicPartition]) -> None:
        """Go to the stored positions; what is buffered of these partitions is read again.

        Raises LostInputError where they point at nothing and the settings say to stop.
        """
        try:
            starts = self._log.starts(partitions, self._refused)
        except CommitFailedError as error:  # the group moves on meanwhile: once it has settled
            log.warning("positions not sought yet", error=repr(error))
            for partition in partitions:
                self.on_partitions_revoked([partition])
            self._unsought |= set(partitions)
            return
        for partition, offset in starts.items():
            self._let_go(partition)
            self._consumer.seek(partition, offset)
            self._consumer.resume(partition)
            self.positions[partition] = self._untaken[partition] = offset
            self._buffers[partition] = deque()
            self._unsought.discard(partition)
            self._refused.discard(partition)
        self._on_assigned(list(starts))

    def go_back(self) -> None:
        """Read again from where the store stands: all partitions, for a Redis that lost data lost it of all."""
        self.seek(sorted(self.positions))

    def advance(self, partition: TopicPartition, offset: int) -> None:
        """The store applied everything before `offset`."""
        if partition in self.positions:
            self.positions[partition] = offset

    def lag(self) -> int:
        """Records that are not applied yet. The high-water mark is right on every broker."""
        return self._behind_marks(self.positions)

    def waiting(self) -> int:
        """Records that are not taken yet, as far as we know."""
        return max(self._behind_marks(self._untaken), self.buffered)

    def _behind_marks(self, offsets: Mapping[TopicPartition, int]) -> int:
        marks = ((self._consumer.highwater(each), at) for each, at in offsets.items())
        return sum(max(mark - at, 0) for mark, at in marks if mark is not None)

    def _let_go(self, partition: TopicPartition) -> None:
        """What is under way of this partition is not to be applied any more."""
        if self._is_under_way(partition):
            self._epoch += 1

    def _is_under_way(self, partition: TopicPartition) -> bool:
        return self._untaken.get(partition) != self.positions.get(partition)

    def _fetch(self, wait_ms: int, max_records: int) -> Polled:
        """What the client has; nothing where it does not know from where to read, or can't read there."""
        try:
            polled: Polled = self._consumer.poll(timeout_ms=wait_ms, max_records=max_records)
        except NoOffsetForPartitionError:  # new to the group: our own seek follows
            return {}
        except OffsetOutOfRangeError as error:
            self._refuse(error.args[0])
            return {}
        except LogTruncationError as error:
            self._refuse(error.divergent_offsets)
            return {}
        self._unchecked |= bool(polled)
        return polled

    def _refuse(self, partitions: Iterable[TopicPartition]) -> None:
        """Read no further there. What the client had in hand of all others is lost with its error."""
        self._refused |= self.positions.keys() & set(partitions)
        for partition in self.positions:
            self._consumer.seek(partition, self._expected(partition))
        self._consumer.pause(*self._refused)

    def _checked(self) -> bool:
        """Whether the topic is still ours; if not, what came of it is dropped, and we start where it says.

        What is under way came before: it is applied first.
        """
        if not self._unchecked and time.monotonic() - self._looked_at < LOOK_EVERY_S:
            return True
        try:
            replaced = self._log.replaced(self.positions)
        except KafkaError as error:
            if not self._told_unchecked:
                log.warning("topic not looked at, its records wait", error=repr(error))
            self._told_unchecked, self._looked_at = True, time.monotonic()
            return False
        self._told_unchecked = False
        if replaced and any(map(self._is_under_way, self.positions)):
            return False
        self._unchecked, self._looked_at = False, time.monotonic()
        if replaced:
            self.go_back()
        return not replaced

    def _fill(self, polled: Polled) -> None:
        """Buffer what came.

        The consumer starts a partition at Kafka's committed offset: what it gives before our seek is dropped. What
        it had under way may still come after our seek: what comes again is dropped too. A gap is no loss: the mark
        of a transaction takes up an offset, and nothing but a seek leads ahead.
        """
        unsettled = {each for each in self._refused if self._expected(each) == self.positions[each]}
        fresh = sorted(self._unsought | unsettled)
        if fresh:
            self.seek(fresh)
        for partition, records in polled.items():
            if partition in self._buffers and partition not in fresh:
                expected = self._expected(partition)
                buffer = self._buffers[partition]
                now_ms = int(time.time() * 1000)
                buffer.extend((min(each.timestamp, now_ms), each) for each in records if each.offset >= expected)
                if len(buffer) >= BUFFERED_RECORDS:
                    self._consumer.pause(partition)

    def _expected(self, partition: TopicPartition) -> int:
        """The next offset to buffer."""
        buffer = self._buffers[partition]
        return buffer[-1][1].offset + 1 if buffer else self._untaken[partition]

    def _take(self, max_records: int) -> Polled:
        """The earliest records of all buffers."""
        taken: Polled = {}
        size = 0
        for _ in range(max_records):
            waiting = [(buffer[0][0], partition) for partition, buffer in self._buffers.items() if buffer]
            if not waiting or size >= BATCH_BYTES:
                break
            _, partition = min(waiting)
            record = self._buffers[partition].popleft()[1]
            taken.setdefault(partition, []).append(record)
            self._untaken[partition] = record.offset + 1
            size += _bytes(record)
        for partition in self._consumer.paused() - self._refused:
            if len(self._buffers.get(partition, ())) < BUFFERED_RECORDS // 2:
                self._consumer.resume(partition)
        return taken


def _bytes(record: ConsumerRecord) -> int:
    return len(record.value) if isinstance(record.value, bytes) else 0
