"""The live stories in memory, with the indexes that find them, and an undo log."""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.column_index import ColumnIndex
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.member_index import MemberIndex
from pipeline.domain.clustering.packed_stories import PackedStories
from pipeline.domain.clustering.reprint_index import ReprintIndex
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_codec import decode_story
from pipeline.domain.clustering.story_index import StoryIndex
from pipeline.domain.clustering.story_table import StoryTable
from pipeline.domain.clustering.stream import StreamState, decode_stream, encode_stream
from pipeline.domain.clustering.template_index import TemplateIndex
from pipeline.domain.clustering.types import TERM_BUCKETS, LiveStoriesDelta, LiveStoriesSnapshot

_LOADED_AT_ONCE = 4_096
"""Stories whose states are read at a time while all are."""


class LiveStories:
    """Every change goes through here, so that it can be undone and named."""

    def __init__(self, term_shares: NDArray[np.float32] | None = None) -> None:
        """`term_shares`: as in `JoinModel`."""
        self._term_shares = term_shares
        self.stories = PackedStories()
        self.table = StoryTable()
        self.index = StoryIndex(self.stories, term_shares)
        self.reprints = ReprintIndex(self.stories)
        self.columns = ColumnIndex(self.stories)
        self.templates = TemplateIndex(self.stories)
        self._member_indexes: tuple[MemberIndex[Any], ...] = (self.reprints, self.columns, self.templates)
        self.stream = StreamState()
        self.term_table: NDArray[np.uint32] = np.zeros(TERM_BUCKETS, dtype=np.uint32)
        self._counted: list[NDArray[np.int32]] = []
        self.decayed = False
        self._stream_before = self.stream
        self._table_before: NDArray[np.uint32] | None = None

    @property
    def touched(self) -> KeysView[str]:
        """Ids of stories that were put or removed since the last commit, in order of first change."""
        return self.stories.changed

    @property
    def term_increments(self) -> dict[int, int]:
        """What was counted since the last commit, or since the frequencies were halved: term -> articles."""
        if not self._counted:
            return {}
        ids, counts = np.unique(np.concatenate(self._counted), return_counts=True)
        return {0: len(self._counted), **dict(zip(ids.tolist(), counts.tolist(), strict=True))}

    @property
    def stream_changed(self) -> bool:
        """Whether the stream's state differs from the last commit's."""
        return self.stream is not self._stream_before

    def put(self, story: LiveStory) -> None:
        """Add the story, or replace its previous state."""
        previous = self.stories.get(story.story_id)
        self.stories.put(story)
        self._follow(story.story_id, previous, story)

    def remove(self, story_id: str) -> None:
        """Take the story away: absorbed or closed."""
        previous = self.stories[story_id]
        self.stories.remove(story_id)
        self._follow(story_id, previous, None)

    def changed(self, since: int, until: int) -> list[str]:
        """Ids of the stories whose latest article came at `since` or later, and before `until`, sorted."""
        return self._ids(self.table.changed(since, until))

    def gray(self) -> list[str]:
        """Ids of the stories of several articles of which one was decided near the boundary, sorted."""
        return self._ids(self.table.gray())

    def before(self, sequence: int, time: float) -> list[str]:
        """Ids of the stories whose latest article came before `sequence`, or is dated before `time`, sorted."""
        return self._ids(self.table.before(sequence, time))

    def count_terms(self, ids: NDArray[np.int32]) -> None:
        """One more article with these distinct terms; bucket 0 counts the article itself."""
        self.term_table[ids] += 1
        self.term_table[0] += 1
        self._counted.append(ids)

    def decay_terms(self) -> None:
        """Halve all document frequencies."""
        self._table_before = self._restored_table()
        self._counted = []
        self.term_table = self.term_table // np.uint32(2)
        self.decayed = True

    def commit(self) -> None:
        """Keep all changes since the last commit."""
        self.stories.commit()
        self.index.fit()
        self._stream_before = self.stream
        self._table_before = None
        self._counted = []
        self.decayed = False

    def rollback(self) -> None:
        """Undo all changes since the last commit."""
        for story_id in self.stories.changed:
            self._follow(story_id, self.stories.get(story_id), self.stories.committed(story_id))
        self.stories.rollback()
        self.stream = self._stream_before
        self.term_table = self._restored_table()
        self.commit()

    def load(self, snapshot: LiveStoriesSnapshot) -> None:
        """Replace everything by the snapshot."""
        self.__init__(self._term_shares)  # type: ignore[misc]
        self.stories.load(snapshot.states)
        self._load_columns()
        self.stream = decode_stream(snapshot.language_means)
        if snapshot.term_table:
            self.term_table = _read_table(snapshot.term_table)
        self.index.rebuild()
        self.commit()

    def _load_columns(self) -> None:
        """Fill all indexes but that of centroids, decoding no story."""
        entries: list[tuple[MemberIndex[Any], list[Any]]] = [(each, []) for each in self._member_indexes]
        for at in range(0, len(self.stories), _LOADED_AT_ONCE):
            rows = np.arange(at, min(at + _LOADED_AT_ONCE, len(self.stories)))
            columns = self.stories.stored_columns(rows.tolist())
            self.table.put_all(rows, columns)
            for index, own in entries:
                own.append(index.entries_of(rows, columns.members))
        for index, own in entries:
            index.add_all(own)
            own.clear()

    def apply(self, delta: LiveStoriesDelta) -> None:
        """Follow what others committed. There must be no uncommitted changes."""
        for story_id, state in delta.states.items():
            if state is not None:
                self._take(decode_story(state, story_id), state)
            elif story_id in self.stories:
                self.remove(story_id)
        if delta.language_means:
            self.stream = decode_stream(delta.language_means)
        if delta.term_table is not None:
            self.term_table = _read_table(delta.term_table)
        add_terms(self.term_table, delta.term_counts)
        self.commit()

    def snapshot(self) -> LiveStoriesSnapshot:
        """Everything, as the store holds it."""
        return LiveStoriesSnapshot(
            states={story_id: self.stories.state(story_id) for story_id in self.stories},
            term_table=write_table(self.term_table),
            language_means=encode_stream(self.stream),
        )

    def _take(self, story: LiveStory, state: bytes) -> None:
        """Follow what is committed already."""
        previous = self.stories.get(story.story_id)
        self.stories.put(story, state)
        self._follow(story.story_id, previous, story)

    def _follow(self, story_id: str, previous: LiveStory | None, story: LiveStory | None) -> None:
        """Let the indexes know of the change; either side is None where the story did not or does not exist."""
        row = self.stories.row(story_id)
        before, after = _members(previous), _members(story)
        gone = [each for key, each in before.items() if key not in after]
        come = [each for key, each in after.items() if key not in before]
        self.index.replace(row, story, gone, come)
        for index in self._member_indexes:
            index.replace(row, gone, come)
        self.table.put(row, story)

    def _ids(self, rows: Iterable[int]) -> list[str]:
        return sorted(self.stories.id_at(each) for each in rows)

    def _restored_table(self) -> NDArray[np.uint32]:
        """The table as it was at the last commit."""
        if self._table_before is not None:
            return self._table_before
        table = self.term_table.copy()
        for each, count in self.term_increments.items():
            table[each] -= count
        return table


def _members(story: LiveStory | None) -> dict[int, LiveMember]:
    """The kept members by their identity."""
    return {id(each): each for each in story.members} if story is not None else {}


def write_table(table: NDArray[np.uint32]) -> bytes:
    """Big-endian, as `LiveStoriesSnapshot.term_table` says."""
    return table.astype(">u4").tobytes()


def _read_table(data: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(data, ">u4").astype(np.uint32)


def add_terms(table: NDArray[np.uint32], counts: Mapping[int, int]) -> None:
    """Add increments in place."""
    if counts:
        np.add.at(table, np.fromiter(counts, dtype=np.int64), np.fromiter(counts.values(), dtype=np.uint32))
