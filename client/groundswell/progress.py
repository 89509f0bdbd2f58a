"""How far the reader of the records has come: what may be committed.

The invariant: a position is committed only when the body of the loop is through with every record before it.
"""

from __future__ import annotations

from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord


class Progress:
    """Next offsets per partition. Records of one partition must come in order."""

    def __init__(self) -> None:
        self._current: ConsumerRecord | None = None
        self._done: dict[TopicPartition, int] = {}

    def begin(self, raw: ConsumerRecord) -> None:
        """This record is being dealt with; the one before must be finished."""
        assert self._current is None, "a record was begun before the one before it was finished"
        self._current = raw

    def finish(self) -> None:
        """The record that was begun is dealt with."""
        if self._current is not None:
            partition = TopicPartition(self._current.topic, self._current.partition)
            self._done[partition] = self._current.offset + 1
            self._current = None

    def abandon(self) -> None:
        """The connection is gone. What was done and not committed comes again, and is dropped as seen."""
        self._current = None
        self._done.clear()

    def uncommitted(self) -> dict[TopicPartition, int]:
        """What to commit."""
        return dict(self._done)

    def committed(self, offsets: dict[TopicPartition, int]) -> None:
        """These are safe now."""
        for partition, offset in offsets.items():
            if self._done.get(partition) == offset:
                del self._done[partition]
