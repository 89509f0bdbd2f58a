"""Story records as a topic holds them, and a topic in memory."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaConnectionError

from groundswell.errors import CommitError
from groundswell.record import Status, StoryRecord
from pipeline.json_codec import to_json
from pipeline.testing.records import some_story

_BASE = some_story(1, members=2)


def story(story_id: str, revision: int, **changes: Any) -> StoryRecord:
    """A revision of a story; what is not in `changes` is invented and does not matter."""
    return _BASE.model_copy(update={"story_id": story_id, "revision": revision, **changes})


def merged(story_id: str, revision: int, into: str) -> StoryRecord:
    """The last record of a merged story."""
    return story(story_id, revision, status=Status.MERGED, merged_into=into)


@dataclass(frozen=True)
class Raw:
    """A record as kafka-python hands it out."""

    key: bytes | None
    value: bytes | None
    partition: int = 0
    offset: int = 0
    topic: str = "stories"


Entry = StoryRecord | bytes | None


class MemoryTopic:
    """Partitions in memory, and the positions that a group has committed.

    A `KafkaConnectionError` between the entries is a connection that breaks once it comes to it.
    """

    def __init__(self, *partitions: Iterable[Entry | KafkaConnectionError], batch: int = 3) -> None:
        self.partitions = [list(entries) for entries in partitions]
        self.committed: dict[TopicPartition, int] = {}
        self.commits: list[dict[TopicPartition, int]] = []
        self.refuse_commits = False
        self.batch = batch
        self.connections = 0
        self.closed = 0

    def connector(self, group: bool = False) -> Callable[[threading.Event], MemorySource]:
        """What a Subscriber takes as `connect`."""

        def connect(_stopped: threading.Event) -> MemorySource:
            self.connections += 1
            return MemorySource(self, self.committed if group else {})

        return connect

    def position(self, partition: int = 0) -> int | None:
        """What the group has committed."""
        return self.committed.get(TopicPartition("stories", partition))


class MemorySource:
    """Reads a MemoryTopic, partition by partition in turn."""

    def __init__(self, topic: MemoryTopic, start: Mapping[TopicPartition, int]) -> None:
        self._topic = topic
        self._next = defaultdict(int, {each.partition: offset for each, offset in start.items()})
        self._ends = [len(entries) for entries in topic.partitions]

    def poll(self) -> list[Raw]:
        records = []
        for number, entries in enumerate(self._topic.partitions):
            for _ in range(self._topic.batch):
                offset = self._next[number]
                if offset >= len(entries):
                    break
                entry = entries[offset]
                if isinstance(entry, KafkaConnectionError):
                    del entries[offset]
                    raise entry
                records.append(raw(entry, number, offset))
                self._next[number] += 1
        if not records:
            time.sleep(0.002)  # a broker holds an empty answer back too
        return records

    def lag(self) -> int:
        return sum(len(entries) - self._next[number] for number, entries in enumerate(self._topic.partitions))

    def at_end_of_start(self) -> bool:
        return all(self._next[number] >= end for number, end in enumerate(self._ends))

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if self._topic.refuse_commits:
            raise CommitError("refused")
        self._topic.commits.append(dict(offsets))
        self._topic.committed.update(offsets)

    def close(self) -> None:
        self._topic.closed += 1


def raw(entry: Entry, partition: int = 0, offset: int = 0) -> Raw:
    """A topic's record of a story, of bytes that are none, or a tombstone (of the story `gone`)."""
    if isinstance(entry, StoryRecord):
        return Raw(entry.story_id.encode(), value_of(entry), partition, offset)
    return Raw(b"gone", entry, partition, offset)


def value_of(record: StoryRecord, **extra: Any) -> bytes:
    """The bytes on the topic; `extra` are fields of another version."""
    return to_json({**record.model_dump(mode="json"), **extra})


def seen(records: Sequence[StoryRecord]) -> list[tuple[str, int]]:
    """Story and revision of each."""
    return [(record.story_id, record.revision) for record in records]
