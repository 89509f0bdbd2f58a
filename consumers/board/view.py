"""The board's own view of the topic: the latest record of each story.

Records come as the subscriber hands them out: in any order between stories, none twice, none that a later one of
its story overtook. The view keeps each record packed, and a card of it at hand for lists.
"""

from __future__ import annotations

import threading
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

from consumers.board.card import Entry, StoryCard, make_entry, newest_coverage_s
from consumers.board.history import KEPT_REVISIONS, MergedStory, RevisionNote, merge_note, note_of
from consumers.board.meaning import StoryMeaning
from consumers.board.query import Found, StoryQuery, in_order, matching
from groundswell import Fault, UnusableRecordError, decode
from groundswell.record import Status, StoryRecord
from pipeline.domain.search_index import SearchIndex

K = TypeVar("K")
ALIASES_PER_STORY = 4
"""Ids remembered of stories that left the board, as a multiple of `max_stories`."""


@dataclass(frozen=True, slots=True)
class Change:
    """What readers may want to know at once; `card` is None where the story left the board."""

    story_id: str
    revision: int
    card: StoryCard | None = None
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a list."""

    total: int
    cards: Sequence[StoryCard]


class Counts(NamedTuple):
    """Stories by what they can be filtered by."""

    languages: Mapping[str, int]
    countries: Mapping[str, int]
    topics: Mapping[tuple[str, str], int]
    """By id and English name."""


@dataclass(slots=True)
class _Story:
    entry: Entry
    packed: bytes
    notes: deque[RevisionNote]


class StoryView:
    """Latest records, bounded; safe to share between the reader's thread and the web app."""

    def __init__(
        self,
        max_stories: int,
        on_change: Callable[[Change], None] | None = None,
        meaning: StoryMeaning | None = None,
    ) -> None:
        self._max_stories = max_stories
        self._on_change = on_change or (lambda _change: None)
        self._lock = threading.RLock()
        self._stories: dict[str, _Story] = {}
        self._index = SearchIndex()
        self._meaning = meaning or StoryMeaning()
        self._merged: dict[str, MergedStory] = {}
        self._ranking: list[Entry] | None = []
        self._languages: Counter[str] = Counter()
        self._countries: Counter[str] = Counter()
        self._topics: Counter[tuple[str, str]] = Counter()

    @property
    def max_ids(self) -> int:
        """Ids remembered at most: of merged stories here, and of those seen by whoever fills the view."""
        return ALIASES_PER_STORY * self._max_stories

    def apply(self, record: StoryRecord) -> None:
        """Take in what a subscriber hands out, which is news of its story. Raises UnusableRecordError."""
        if record.status is Status.MERGED and record.merged_into in (None, record.story_id):
            raise UnusableRecordError(
                Fault.MALFORMED, f"merged, so merged_into must name another story: {record.merged_into}"
            )
        packed, entry = zlib.compress(record.model_dump_json().encode(), 1), make_entry(record)
        with self._lock:
            if record.status is Status.MERGED and record.merged_into:
                self._merge(record, record.merged_into)
            else:
                self._show(record, entry, packed)

    def forget(self, story_id: str) -> None:
        """Drop a story: a tombstone stands on the topic."""
        with self._lock:
            story = self._stories.get(story_id)
            if story is not None:
                self._remove(story_id)
                self._on_change(Change(story_id, story.entry.card.revision))

    def resolve(self, story_id: str) -> str:
        """The id that the story lives under now: of the survivor at the end of its merges."""
        with self._lock:
            seen = {story_id}
            while (merged := self._merged.get(story_id)) and merged.merged_into not in seen:
                story_id = merged.merged_into
                seen.add(story_id)
            return story_id

    def raw(self, story_id: str) -> bytes | None:
        """The latest record as JSON."""
        with self._lock:
            story = self._stories.get(story_id)
        return zlib.decompress(story.packed) if story else None

    def record(self, story_id: str) -> StoryRecord | None:
        """The latest record."""
        raw = self.raw(story_id)
        return decode(raw) if raw else None

    def card(self, story_id: str) -> StoryCard | None:
        """The card of a story."""
        with self._lock:
            story = self._stories.get(story_id)
            return story.entry.card if story else None

    def history(self, story_id: str) -> list[RevisionNote]:
        """Revisions that the board saw, newest first; not those before it started on a compacted topic."""
        with self._lock:
            story = self._stories.get(story_id)
            return list(reversed(story.notes)) if story else []

    def merged(self, story_id: str) -> MergedStory | None:
        """What is known of a story that was merged into another."""
        with self._lock:
            return self._merged.get(story_id)

    def page(self, query: StoryQuery, offset: int, limit: int, *, only_words: bool = False) -> Page:
        """The part of the list from `offset` on; what only the meaning of the query finds comes last."""
        found = self.matching(query)
        near = () if only_words else found.near
        entries = [*in_order(found.entries, query), *(entry for _, entry in near)]
        return Page(len(entries), [entry.card for entry in islice(entries, offset, offset + limit)])

    def matching(self, query: StoryQuery, cut: float | None = None) -> Found:
        """The entries that the query wants; by meaning those from the likeness `cut` on, where it is given."""
        return matching(self.ranked(), query, self._index, self._meaning, cut)

    def facets(self) -> Counts:
        """Stories per language, country and topic."""
        with self._lock:
            return Counts(dict(self._languages), dict(self._countries), _by_id(self._topics))

    def __len__(self) -> int:
        return len(self._stories)

    def ranked(self) -> Sequence[Entry]:
        """All entries by rank. The list is replaced and never changed, so it is read without the lock."""
        with self._lock:
            if self._ranking is None:
                # One that was hidden, or all withdrawn, is kept: an older record must not bring it back.
                entries = [each.entry for each in self._stories.values() if each.entry.card.article_count]
                newest_s = newest_coverage_s(entries)
                self._ranking = sorted(entries, key=lambda e: (-e.rank(newest_s), e.card.story_id))
            return self._ranking

    def _show(self, record: StoryRecord, entry: Entry, packed: bytes) -> None:
        story_id = record.story_id
        known = self._stories.get(story_id)
        # What the editors hide is not shown by its earlier titles either.
        notes = known.notes if known and not record.hidden else deque[RevisionNote](maxlen=KEPT_REVISIONS)
        notes.append(note_of(record, notes[-1] if notes else None))
        if known:
            self._count_facets(known.entry.card, -1)
            self._drop_searched(known.entry)
        self._index.add(entry.changed, entry.searched)
        self._meaning.add(entry.changed, record)
        self._stories[story_id] = _Story(entry, packed, notes)
        self._count_facets(entry.card, 1)
        self._ranking = None
        self._merged.pop(story_id, None)  # another edition may have taken over, in which it lives again
        for absorbed in record.absorbed:
            part = self._stories.get(absorbed)
            if part is None or part.entry.card.revision <= record.revision:
                self._alias(absorbed, record.story_id)
        self._on_change(Change(story_id, record.revision, card=entry.card if record.article_count else None))
        self._evict()

    def _merge(self, record: StoryRecord, survivor: str) -> None:
        self._alias(record.story_id, survivor, record)
        self._on_change(Change(record.story_id, record.revision, merged_into=survivor))

    def _alias(self, story_id: str, survivor: str, last: StoryRecord | None = None) -> None:
        """`story_id` is part of `survivor` from now on."""
        if story_id == survivor:
            return
        shown = self._stories.get(story_id)
        known = self._merged.get(story_id)
        if not last and not shown and known:
            return
        self._merged[story_id] = merge_note(
            story_id, survivor, last.revision if last else 0, shown.entry.card if shown else None, known
        )
        if shown:
            self._remove(story_id)
        while len(self._merged) > self.max_ids:
            del self._merged[next(iter(self._merged))]

    def _evict(self) -> None:
        """Keep the bound: the longest quiet stories go, some at once so that sorting them is rare."""
        if len(self._stories) <= self._max_stories:
            return
        excess = len(self._stories) - self._max_stories + self._max_stories // 50
        by_quiet = sorted(self._stories, key=lambda story_id: self._stories[story_id].entry.quiet_since_s())
        for story_id in by_quiet[:excess]:
            self._remove(story_id)

    def _remove(self, story_id: str) -> None:
        entry = self._stories.pop(story_id).entry
        self._count_facets(entry.card, -1)
        self._drop_searched(entry)
        self._ranking = None

    def _drop_searched(self, entry: Entry) -> None:
        self._index.drop(entry.changed)
        self._meaning.drop(entry.changed)

    def _count_facets(self, card: StoryCard, step: int) -> None:
        _count(self._languages, card.languages, step)
        _count(self._countries, card.countries, step)
        _count(self._topics, [(topic.id, topic.name) for topic in card.topics], step)


def _by_id(topics: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Each id once, by the name that came last: records that stand may have the one of an earlier version."""
    stories = Counter[str]()
    for (topic, _), count in topics.items():
        stories[topic] += count
    return {(topic, name): stories[topic] for topic, name in dict(topics.keys()).items()}


def _count(counter: Counter[K], keys: Iterable[K], step: int) -> None:
    """Without keys that nothing has any more."""
    for key in keys:
        counter[key] += step
        if not counter[key]:
            del counter[key]
