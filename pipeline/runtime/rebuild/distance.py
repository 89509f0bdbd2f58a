"""How far an edition has read the topic of articles, and how long the rest will take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from kafka import KafkaConsumer, TopicPartition

from pipeline.adapters.kafka.reading import ends, is_behind, record_at
from pipeline.adapters.store.positions import Positions

RATE_S = 60.0
"""The rate is that of so long."""


@dataclass(frozen=True)
class Held:
    """What the topic holds of all that was ever on it."""

    records: int
    expired: int
    """Records that are there no more: articles of these alone will be missing."""
    oldest_ms: int | None
    """The timestamp of the oldest record; None where there is none."""


@dataclass(frozen=True)
class Distance:
    """At one moment."""

    left: dict[int, int]
    """Records not applied yet, by partition."""
    read: int
    """Records applied, of those that the topic holds."""
    per_s: float | None
    """Records applied a second; None at first."""

    @property
    def waiting(self) -> int:
        """Records not applied yet."""
        return sum(self.left.values())

    @property
    def seconds(self) -> float | None:
        """Until all is applied, at this rate; None where nobody can tell."""
        return self.waiting / self.per_s if self.per_s else None


class Way:
    """The way of an edition through the topic. The consumer must be in no group."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        topic: str,
        positions: Positions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumer = consumer
        self._topic = topic
        self._positions = positions
        self._clock = clock
        self._looks: deque[tuple[float, int]] = deque()

    def held(self) -> Held:
        """Asked once: it reads a record of each partition."""
        beginnings = self._beginnings()
        stands = ends(self._consumer, self._topic)
        first = (record_at(self._consumer, TopicPartition(self._topic, each), beginnings[each]) for each in stands)
        times = [record.timestamp for record in first if record is not None]
        held = sum(max(end - beginnings[each], 0) for each, end in stands.items())
        return Held(held, sum(beginnings.values()), min(times, default=None))

    def look(self) -> Distance:
        """How things are now."""
        beginnings, stands = self._beginnings(), ends(self._consumer, self._topic)
        at = self._positions.read(self._topic, stands)
        left = {each: max(end - max(at.get(each, 0), beginnings[each]), 0) for each, end in stands.items()}
        read = sum(max(offset - beginnings[each], 0) for each, offset in at.items())
        return Distance(left, read, self._rate(read))

    def is_behind(self, older: Positions) -> bool:
        """Whether the other edition has applied records that ours has not."""
        numbers = self._consumer.partitions_for_topic(self._topic) or ()
        at = self._positions.read(self._topic, numbers)
        return is_behind(self._consumer, self._topic, at, older.read(self._topic, numbers))

    def _rate(self, read: int) -> float | None:
        now = self._clock()
        self._looks.append((now, read))
        while now - self._looks[0][0] > RATE_S:
            self._looks.popleft()
        since, before = self._looks[0]
        return (read - before) / (now - since) if now > since else None

    def _beginnings(self) -> dict[int, int]:
        numbers = self._consumer.partitions_for_topic(self._topic) or ()
        found = self._consumer.beginning_offsets([TopicPartition(self._topic, each) for each in numbers])
        return {partition.partition: offset for partition, offset in found.items()}
