"""A subscription's share of the topic of stories: a member of its own consumer group.

Each subscription has a group of its own. So the topic itself is the queue of a receiver that is away: it is
compacted, so what waits there is bounded by the number of stories, and no other receiver waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import KafkaTimeoutError
from kafka.structs import OffsetAndMetadata

from pipeline.adapters.kafka.clients import make_consumer
from pipeline.settings import KafkaSettings

CLOSE_TIMEOUT_MS = 5_000
COMMIT_TIMEOUT_MS = 10_000
POSITION_TIMEOUT_MS = 500


class TopicShare(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """Reads in one thread."""

    def __init__(self, kafka: KafkaSettings, group: str) -> None:
        self._consumer = make_consumer(kafka, group_id=group)
        self._consumer.subscribe([kafka.topics.stories], listener=self)
        self._committed: dict[TopicPartition, int] = {}
        self._lost: set[TopicPartition] = set()
        self.assigned = False

    def poll(self, timeout_s: float, limit: int) -> list[ConsumerRecord]:
        """At most so many records; with 0 only the membership is kept up. Raises KafkaError."""
        ours = self._consumer.assignment()
        if not limit:
            self._consumer.pause(*ours)
        elif paused := self._consumer.paused():
            self._consumer.resume(*paused)
        polled = self._consumer.poll(timeout_ms=int(timeout_s * 1_000), max_records=max(limit, 1))
        return [record for records in polled.values() for record in records]

    def take_lost(self) -> set[TopicPartition]:
        """Partitions that left us since this was asked last; some may be back, from where was committed."""
        lost, self._lost = self._lost, set()
        return lost

    def lag(self) -> int:
        """Records on the topic behind what was polled, as far as known."""
        total = 0
        for partition in self._consumer.assignment():
            end, position = self._consumer.highwater(partition), self._position(partition)
            if end is not None and position is not None:
                total += max(end - position, 0)
        return total

    def commit(self, positions: Mapping[TopicPartition, int]) -> None:
        """Store the next offset to read, where it has changed. Raises KafkaError."""
        ours = self._consumer.assignment()
        fresh = {
            each: offset
            for each, offset in positions.items()
            if each in ours and self._committed.get(each) != offset
        }
        if fresh:
            offsets = {each: OffsetAndMetadata(offset, "", -1) for each, offset in fresh.items()}
            self._consumer.commit(offsets, timeout_ms=COMMIT_TIMEOUT_MS)
            self._committed.update(fresh)

    def _position(self, partition: TopicPartition) -> int | None:
        """None where it is not known yet, as after the group gave out partitions."""
        try:
            position: int | None = self._consumer.position(partition, timeout_ms=POSITION_TIMEOUT_MS)
        except KafkaTimeoutError:
            return None
        return position

    def close(self) -> None:
        """Leave the group at once."""
        self._consumer.close(autocommit=False, timeout_ms=CLOSE_TIMEOUT_MS)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:  # noqa: ARG002
        """Also with none."""
        self.assigned = True

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Called inside poll, where no request may be made."""
        for each in revoked:
            self._lost.add(each)
            self._committed.pop(each, None)
