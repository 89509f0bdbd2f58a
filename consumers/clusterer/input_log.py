"""Whether the topic still holds what the stored positions point at, and what to do where it does not.

A topic that was made again has another id (KIP-516). It is asked for after records were fetched and before
they are used: an id never comes back, so what was fetched before is of the topic that still has the id. Else
offsets tell: the topic begins behind a position, or the broker refuses to read at it. A broker that tells no ids,
and whose topic was made again and has grown beyond the position, can't be found out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

from consumers.clusterer.clusterer_metrics import ClustererMetrics, LossCause
from pipeline.adapters.store.positions import Positions, TopicReplacedError
from pipeline.mendable import MendableError
from pipeline.settings import LostInput

log = structlog.get_logger(__name__)

Offsets = dict[TopicPartition, int]


class LostInputError(MendableError):
    """Records that were to be read are gone, and the settings say to stop."""


class InputLog:
    """The topic of articles, held against the stored positions."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        positions: Positions,
        topic: str,
        topic_id: Callable[[], str | None],
        policy: LostInput,
        metrics: ClustererMetrics,
    ) -> None:
        self._consumer = consumer
        self._store = positions
        self._topic = topic
        self._ask = topic_id
        self._policy = policy
        self._metrics = metrics
        self._marks: Offsets = {}
        """Ends of the partitions when they were last known to be of our topic."""
        self._behind: Offsets = {}
        """Records that we had not read of a topic that was replaced."""
        self.topic_id: str | None = None
        """Of the topic that the positions belong to."""

    def replaced(self, positions: Mapping[TopicPartition, int]) -> bool:
        """Whether what was fetched so far may be of another topic. Raises KafkaError where nobody answers."""
        current = self._ask() if self.topic_id is not None else None
        if current is not None and current != self.topic_id:
            self._behind = self._unread(positions)
            return True
        marks = {each: self._consumer.highwater(each) for each in positions}
        self._marks = {each: mark for each, mark in marks.items() if mark is not None}
        return False

    def starts(self, partitions: Collection[TopicPartition], refused: Collection[TopicPartition] = ()) -> Offsets:
        """Where to read each partition from; `refused` are those that the broker did not read at our position.

        Raises LostInputError where records are gone and the settings say to stop.
        """
        current = self._ask()
        beginnings: Offsets = self._consumer.beginning_offsets(sorted(partitions))
        self._begin(partitions, beginnings, current)
        stored = self._read(partitions)
        expired = {each: at for each, at in stored.items() if at < beginnings[each]}
        truncated = {each: stored[each] for each in refused if each in stored and each not in expired}
        if expired:
            gone = {each: beginnings[each] - at for each, at in expired.items()}
            self._tell(LossCause.EXPIRED, gone)
        if truncated:
            self._tell(LossCause.TRUNCATED, self._unread(truncated))
            self._forget_letters({each: beginnings[each] for each in truncated})
        for each, at in (expired | truncated).items():
            self._store.move(self._topic, each.partition, at, beginnings[each])
        return self._read(partitions) if expired or truncated else stored

    def _begin(self, partitions: Collection[TopicPartition], beginnings: Offsets, current: str | None) -> None:
        """Have a position stored for each partition, and none of a topic that is no more."""
        replaced = None not in (self.topic_id, current) and current != self.topic_id
        try:
            self._store.start(self._topic, _by_number(beginnings), current)
        except TopicReplacedError:
            self._tell(LossCause.REPLACED, {each: self._behind.get(each, 0) for each in partitions})
            self._start_anew(current)
        else:
            if replaced:  # another clusterer has started over; what we had not read is gone all the same
                self._tell(LossCause.REPLACED, {each: self._behind.get(each, 0) for each in partitions})
        self.topic_id = current or self.topic_id

    def _start_anew(self, current: str | None) -> None:
        """All partitions at once, also those of others: positions of two topics must not stand side by side."""
        numbers = self._consumer.partitions_for_topic(self._topic) or ()
        beginnings = self._consumer.beginning_offsets([TopicPartition(self._topic, each) for each in numbers])
        self._forget_letters(beginnings)
        self._store.start(self._topic, _by_number(beginnings), current, anew=True)

    def _tell(self, cause: LossCause, missed: Mapping[TopicPartition, int]) -> None:
        """Count it, log it, and stop here if that is what the settings say."""
        count = sum(missed.values())
        numbers = sorted(each.partition for each in missed)
        self._metrics.input_lost(cause, len(missed), count)
        log.error("input lost", topic=self._topic, cause=cause.value, partitions=numbers, missed=count)
        if self._policy is LostInput.STOP:
            raise LostInputError(
                f"topic {self._topic} does not hold what was to be read next: {cause.value}, partitions "
                f"{', '.join(map(str, numbers))}, at least {count} records missing. Bring it back, or set "
                "clusterer.lost_input to start_over to go on with the oldest record that is left"
            )

    def _unread(self, positions: Mapping[TopicPartition, int]) -> Offsets:
        """Records that stood behind the positions when they were last looked at."""
        return {each: max(self._marks.get(each, 0) - at, 0) for each, at in positions.items()}

    def _forget_letters(self, beginnings: Offsets) -> None:
        """The offset that says which dead letters are written must not speak of records that are gone."""
        self._consumer.commit({each: OffsetAndMetadata(at, "", -1) for each, at in beginnings.items()})

    def _read(self, partitions: Collection[TopicPartition]) -> Offsets:
        stored = self._store.read(self._topic, [each.partition for each in partitions])
        return {TopicPartition(self._topic, number): at for number, at in stored.items()}


def _by_number(offsets: Offsets) -> dict[int, int]:
    return {each.partition: at for each, at in offsets.items()}
