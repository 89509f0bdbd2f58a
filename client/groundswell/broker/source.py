"""Where a subscriber's records come from: the whole topic each time, or a share of it as member of a group."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Protocol

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.structs import OffsetAndMetadata

from groundswell.errors import CommitError

POLL_MS = 500
"""So `stop` is noticed within this time."""

PARTITIONS_CHECK_S = 30.0
"""How soon partitions that were added are noticed; in a group kafka-python sees to that."""

COMMIT_TIMEOUT_MS = 10_000
CLOSE_TIMEOUT_MS = 5_000


class Source(Protocol):
    """A connection to the topic."""

    def poll(self) -> list[ConsumerRecord]:
        """The next records, in order within each partition; empty after POLL_MS without any."""

    def lag(self) -> int | None:
        """Offsets between what was polled and the end; None while the end is not known.

        Includes the marks of transactions, which are no records.
        """

    def at_end_of_start(self) -> bool:
        """Whether all was polled that stood on the topic when its end was first seen."""

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Store the next offset to read of these partitions. Raises CommitError."""

    def close(self) -> None:
        """Let go of the broker."""


class KafkaSource:
    """What both kinds have in common: how far the end is.

    The end is the high-water mark that comes with each fetch, also an empty one. `end_offsets` is not asked:
    it is not exact on the embedded broker. An end inside an open transaction is reached once that ends.
    """

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self._first_ends: dict[TopicPartition, int] = {}

    def poll(self) -> list[ConsumerRecord]:
        """The next records."""
        polled = self._consumer.poll(timeout_ms=POLL_MS)
        for partition in self._consumer.assignment() - self._first_ends.keys():
            if (end := self._consumer.highwater(partition)) is not None:
                self._first_ends[partition] = end
        return [record for records in polled.values() for record in records]

    def lag(self) -> int | None:
        """Sum over the partitions."""
        total = 0
        for partition in self._consumer.assignment():
            end, position = self._consumer.highwater(partition), self._position(partition)
            if end is None or position is None:
                return None
            total += max(end - position, 0)
        return total

    def at_end_of_start(self) -> bool:
        """A fixed mark, so that a topic which never rests can be caught up with too."""
        assigned = self._consumer.assignment()
        return assigned <= self._first_ends.keys() and all(
            (position := self._position(each)) is not None and position >= self._first_ends[each]
            for each in assigned
        )

    def _position(self, partition: TopicPartition) -> int | None:
        """Of the next record to poll; None where it is not known yet, as after the group gave out partitions."""
        try:
            position: int | None = self._consumer.position(partition, timeout_ms=POLL_MS)
        except KafkaTimeoutError:
            return None
        return position

    def close(self) -> None:
        """Without a commit: only what is done is committed, by `commit`."""
        self._consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS)


class WholeTopic(KafkaSource):
    """All partitions from the beginning; new ones are added as they appear."""

    def __init__(self, consumer: KafkaConsumer, topic: str) -> None:
        super().__init__(consumer)
        self._topic = topic
        self._checked_s = float("-inf")

    def poll(self) -> list[ConsumerRecord]:
        """The next records."""
        if time.monotonic() - self._checked_s > PARTITIONS_CHECK_S:
            self._add_partitions()
            self._checked_s = time.monotonic()
        return super().poll()

    def at_end_of_start(self) -> bool:
        """Never before there are partitions."""
        return bool(self._consumer.assignment()) and super().at_end_of_start()

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Nothing to do: the next start reads everything again."""

    def _add_partitions(self) -> None:
        before = self._consumer.assignment()
        found = {TopicPartition(self._topic, n) for n in self._consumer.partitions_for_topic(self._topic) or ()}
        if not (added := found - before):
            return
        positions = {each: self._position(each) for each in before}
        self._consumer.assign(sorted(before | added))
        self._consumer.seek_to_beginning(*sorted(added))
        for partition, position in positions.items():
            if position is not None:
                self._consumer.seek(partition, position)


class GroupMember(KafkaSource):
    """A share of the partitions, from where the group has committed; from the beginning where it has not."""

    def __init__(self, consumer: KafkaConsumer, topic: str) -> None:
        super().__init__(consumer)
        self._joined = _Joined()
        consumer.subscribe([topic], listener=self._joined)

    def at_end_of_start(self) -> bool:
        """Of the partitions of ours; a member without any, for there are more members, is at the end too."""
        return self._joined.once and super().at_end_of_start()

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Of the partitions that are still ours: another member may be further in the rest."""
        ours = self._consumer.assignment()
        chosen = {each: OffsetAndMetadata(offset, "", -1) for each, offset in offsets.items() if each in ours}
        try:
            if chosen:
                self._consumer.commit(chosen, timeout_ms=COMMIT_TIMEOUT_MS)
        except KafkaError as error:
            raise CommitError(f"position not committed, it will be read again: {error!r}") from error


class _Joined(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """Notes that the group has given out its partitions. Called inside poll, where no request may be made."""

    once = False

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        """Also with none."""
        self.once = True

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """All that was done is committed already: before each poll."""
