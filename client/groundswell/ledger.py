"""What a subscriber remembers: the highest revision of each story, and where merged stories went.

Nothing else is kept of a record. Measured with ids of 20 characters: 136 bytes a story, so 140 MB at the default
bound of a million, and twice as much for each merged one. Stories seen longest ago are forgotten first. A
forgotten story is only at risk of being handed out twice, if Kafka delivers one of its old records again.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TypeVar

from groundswell.record import Status, StoryRecord

V = TypeVar("V")


class Ledger:
    """Seen revisions and aliases, each bounded. Other threads may call `resolve` and `revision`."""

    def __init__(self, max_stories: int, seen: Mapping[str, int] | None = None) -> None:
        self._max_stories = max_stories
        self._revisions: dict[str, int] = dict(seen or {})
        self._survivors: dict[str, tuple[str, int]] = {}
        """By merged story: the one it went into, and the revision that said so."""

    def take(self, record: StoryRecord) -> bool:
        """True where the record says something new.

        Its merges are learned in any case: they stay true until the merged story itself says something later.
        """
        if record.status is not Status.MERGED:
            self._revive(record)
        self._learn_merges(record)
        if self._revisions.get(record.story_id, 0) >= record.revision:
            return False
        if record.status is not Status.MERGED and record.story_id in self._survivors:
            # Partitions are read side by side: the survivor came first. This story must not seem to live again.
            return False
        put_bounded(self._revisions, record.story_id, record.revision, self._max_stories)
        return True

    def resolve(self, story_id: str) -> str:
        """The id that the story lives under now: of the survivor at the end of its merges."""
        passed = {story_id}
        while (merge := self._survivors.get(story_id)) is not None and merge[0] not in passed:
            story_id = merge[0]
            passed.add(story_id)
        return story_id

    def revision(self, story_id: str) -> int | None:
        """The highest revision seen of a story."""
        return self._revisions.get(story_id)

    def forget(self, story_id: str) -> None:
        """The story was removed from the topic. Its id goes on resolving: someone may have stored it."""
        self._revisions.pop(story_id, None)

    def __len__(self) -> int:
        return len(self._revisions)

    def _revive(self, record: StoryRecord) -> None:
        """A story of which a record is later than its merge lives again: another edition has taken over."""
        merge = self._survivors.get(record.story_id)
        if merge is not None and record.revision > merge[1]:
            del self._survivors[record.story_id]

    def _learn_merges(self, record: StoryRecord) -> None:
        for absorbed in record.absorbed:
            self._alias(absorbed, record.story_id, record.revision)
        if record.status is Status.MERGED and record.merged_into is not None:
            self._alias(record.story_id, record.merged_into, record.revision)

    def _alias(self, story_id: str, survivor: str, revision: int) -> None:
        """Of merges that would close a ring the oldest says nothing: one of its stories must be left."""
        if story_id == survivor or self._revisions.get(story_id, 0) > revision:
            return
        ring = [survivor]
        while ring[-1] != story_id and (merge := self._survivors.get(ring[-1])) is not None:
            ring.append(merge[0])
        if ring[-1] == story_id:
            oldest = min(ring[:-1], key=lambda each: self._survivors[each][1])
            if self._survivors[oldest][1] >= revision:
                return
            del self._survivors[oldest]
        put_bounded(self._survivors, story_id, (survivor, revision), self._max_stories)


def put_bounded(table: dict[str, V], story_id: str, value: V, bound: int) -> None:
    """Insert as the latest; beyond the bound the oldest fiftieth goes at once, so that it is cheap on average."""
    table.pop(story_id, None)
    table[story_id] = value
    if len(table) > bound:
        for oldest in list(islice(table, max(1, bound // 50))):
            del table[oldest]
