"""Events that a receiver has not taken yet, in their order, and how far the topic is dealt with.

The invariant: a position is committed only when each record before it was delivered, parked, or not wanted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from kafka import TopicPartition

from consumers.webhooks.event import Event


@dataclass(eq=False, slots=True)
class Waiting:
    """An event, where it stands on the topic, and what became of it so far."""

    event: Event
    partition: TopicPartition
    offset: int
    recorded_s: float
    """When it was put on the topic."""
    tries: int = 0
    due_s: float = 0.0
    failed_s: float | None = None
    """When it was refused first."""
    reason: str = ""


MAX_BYTES = 33_554_432
"""Of all events that wait; the batch that exceeds it is still taken in."""


class WaitingRoom:
    """Bounded: who fills it asks `free` first."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._bytes = 0
        self._stories: dict[str, deque[Waiting]] = {}
        self._open: dict[TopicPartition, dict[int, None]] = {}
        self._next: dict[TopicPartition, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Waiting]:
        """The oldest of each story before its next one."""
        for queue in list(self._stories.values()):
            yield from list(queue)

    @property
    def free(self) -> int:
        """Places left."""
        return max(self._places - self._count, 0) if self._bytes < MAX_BYTES else 0

    def add(self, waiting: Waiting) -> None:
        """The next record of its partition is to be delivered."""
        self.skip(waiting.partition, waiting.offset)
        self._open.setdefault(waiting.partition, {})[waiting.offset] = None
        self._stories.setdefault(waiting.event.story_id, deque()).append(waiting)
        self._count += 1
        self._bytes += len(waiting.event.body)

    def skip(self, partition: TopicPartition, offset: int) -> None:
        """The next record of this partition is nothing to deliver."""
        self._next[partition] = offset + 1

    def due(self, now_s: float, limit: int) -> list[Waiting]:
        """Events to try now: of each story only the one that is first."""
        found = [queue[0] for queue in self._stories.values() if queue[0].due_s <= now_s]
        return found[:limit]

    def done(self, waiting: Waiting) -> None:
        """It is dealt with; it must be the first of its story."""
        queue = self._stories[waiting.event.story_id]
        assert queue[0] is waiting, "an event was dealt with before the one before it"
        queue.popleft()
        if not queue:
            del self._stories[waiting.event.story_id]
        del self._open[waiting.partition][waiting.offset]
        self._count -= 1
        self._bytes -= len(waiting.event.body)

    def positions(self) -> dict[TopicPartition, int]:
        """The next record of each partition that is not dealt with."""
        return {each: min(self._open.get(each) or (offset,)) for each, offset in self._next.items()}

    def leave(self, partitions: Collection[TopicPartition]) -> list[Waiting]:
        """Forget these partitions: others have them, or they are read again. Returns what waited."""
        left = [each for each in self if each.partition in partitions]
        for waiting in left:
            self.done(waiting)
        for partition in partitions:
            self._next.pop(partition, None)
            self._open.pop(partition, None)
        return left
