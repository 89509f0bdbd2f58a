"""Which partitions are ours and where each stands: Redis decides, not Kafka (promise 2)."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

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


class Partitions(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """The partitions of one consumer, each read from the position that the store holds.

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
        self._buffers: dict[TopicPartition, deque[tuple[int, ConsumerRecord]]] = {}
        """Records with the time that they are merged by, in milliseconds."""
        self.positions: dict[TopicPartition, int] = {}
        """The next offset to apply of each partition of ours."""
        self.membership: ConsumerGroupMetadata = consumer.group_metadata()
        """As whom we got what the last poll gave. With it the broker finds out who went on working after the group
        had gone on without it."""
        consumer.subscribe([topic], listener=self)

    @property
    def topic_id(self) -> str | None:
        """Of the topic that the records are read from; None where the broker does not tell."""
        return self._log.topic_id

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Only note it: no request may be made here, in the client's thread, for which `poll` is waiting."""
        self._unsought |= set(assigned)

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Forget them, again while `poll` is waiting; whoever gets them reads the position from the store."""
        for partition in revoked:
            self.positions.pop(partition, None)
            self._buffers.pop(partition, None)
            self._unsought.discard(partition)
            self._refused.discard(partition)

    def poll(self, timeout_s: float, max_records: int) -> Polled:
        """The next records by time, of each partition contiguous with its stored position."""
        buffered = sum(len(buffer) for buffer in self._buffers.values())
        wait_ms = 0 if buffered >= max_records else int(timeout_s * 1000)
        polled = self._fetch(wait_ms, len(self._buffers or "x") * max_records)
        self.membership = self._consumer.group_metadata()
        self._fill(polled)
        return self._take(max_records) if self._checked() else {}

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
            self._consumer.seek(partition, offset)
            self._consumer.resume(partition)
            self.positions[partition] = offset
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
        """Records that wait in our partitions. The high-water mark is right on every broker."""
        marks = ((self._consumer.highwater(each), at) for each, at in self.positions.items())
        return sum(max(mark - at, 0) for mark, at in marks if mark is not None)

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
        """Whether the records that came are of our topic; if not they are dropped, and we start where it says."""
        if not self._unchecked:
            return True
        try:
            replaced = self._log.replaced(self.positions)
        except KafkaError as error:
            log.warning("topic not looked at, its records wait", error=repr(error))
            return False
        self._unchecked = False
        if replaced:
            self.go_back()
        return not replaced

    def _fill(self, polled: Polled) -> None:
        """Buffer what came.

        The consumer starts a partition at Kafka's committed offset: what it gives before our seek is dropped. What
        it had under way may still come after our seek: what comes again is dropped too. A gap is no loss: the mark
        of a transaction takes up an offset, and nothing but a seek leads ahead.
        """
        unsettled = {each for each in self._refused if not self._buffers[each]}
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
        return buffer[-1][1].offset + 1 if buffer else self.positions[partition]

    def _take(self, max_records: int) -> Polled:
        """The earliest records of all buffers."""
        taken: Polled = {}
        for _ in range(max_records):
            waiting = [(buffer[0][0], partition) for partition, buffer in self._buffers.items() if buffer]
            if not waiting:
                break
            _, partition = min(waiting)
            taken.setdefault(partition, []).append(self._buffers[partition].popleft()[1])
        for partition in self._consumer.paused() - self._refused:
            if len(self._buffers.get(partition, ())) < BUFFERED_RECORDS // 2:
                self._consumer.resume(partition)
        return taken
