"""The live stories as a mapping that holds packed states and decodes a story when it is asked for.

A decoded story takes ten times the memory of its state, and few of them are needed at a time: those that the batch
changed, and those that were asked for lately.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, KeysView, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.state_error import StateError
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_codec import decode_story, encode_story, unreadable
from pipeline.domain.clustering.story_columns import StoryColumns, read_centroids, read_columns

RECENT = 8_192
"""Decoded stories that are kept, some 50 MB: the candidates of a batch of 500 articles."""

_NO_STATE = b""


class PackedStories(Mapping[str, LiveStory]):
    """Story id -> story. What changes is held apart until `commit`, so that `rollback` is exact.

    Each story has a row, a small number under which the indexes know it.
    """

    def __init__(self, recent: int = RECENT) -> None:
        self._rows: dict[str, int] = {}
        self._ids: list[str] = []
        self._states: list[bytes] = []
        self._free: list[int] = []
        self._live = 0
        self._changed: dict[str, LiveStory | None] = {}
        self._packed: dict[str, bytes] = {}
        self._recent: OrderedDict[str, LiveStory] = OrderedDict()
        self._most_recent = recent

    def __len__(self) -> int:
        return self._live

    def __iter__(self) -> Iterator[str]:
        return (each for each in self._rows if self._changed.get(each, self) is not None)

    def __contains__(self, story_id: object) -> bool:
        return story_id in self._rows and self._changed.get(str(story_id), self) is not None

    def __getitem__(self, story_id: str) -> LiveStory:
        if story_id in self._changed:
            changed = self._changed[story_id]
            if changed is None:
                raise KeyError(story_id)
            return changed
        return self._decoded(story_id, self._states[self._rows[story_id]])

    @property
    def changed(self) -> KeysView[str]:
        """Ids of stories that were put or removed since the last commit, in order of first change."""
        return self._changed.keys()

    def state(self, story_id: str) -> bytes:
        """The story as bytes."""
        if story_id not in self._changed:
            return self._states[self._rows[story_id]]
        if story_id not in self._packed:
            self._packed[story_id] = encode_story(self[story_id])
        return self._packed[story_id]

    def row(self, story_id: str) -> int:
        """The story's row: its own until the commit that takes the story away."""
        return self._rows[story_id]

    def id_at(self, row: int) -> str:
        """Id of the story of a row."""
        return self._ids[row]

    def centroids(self, story_ids: Sequence[str]) -> NDArray[np.float32]:
        """Shape (n, dims). No story is decoded for it."""
        known = [self._changed.get(each) or self._recent.get(each) for each in story_ids]
        rows = [self._rows[each] for each, story in zip(story_ids, known, strict=True) if story is None]
        stored = iter(self.stored_centroids(rows))
        return np.stack([next(stored) if story is None else story.centroid for story in known])

    def stored_centroids(self, rows: Sequence[int]) -> NDArray[np.float32]:
        """Those of the stories in these rows as of the last commit, shape (n, dims). Raises StateError."""
        with self._named(rows):
            return read_centroids(self.stored(rows))

    def stored_columns(self, rows: Sequence[int]) -> StoryColumns:
        """The same rows as columns. Raises StateError."""
        with self._named(rows):
            return read_columns(self.stored(rows))

    def committed(self, story_id: str) -> LiveStory | None:
        """The story as it was at the last commit, None where it was not."""
        state = self._states[self._rows[story_id]]
        return self._decoded(story_id, state) if state is not _NO_STATE else None

    def load(self, states: Mapping[str, bytes]) -> None:
        """Take these over, committed, where there was nothing before. The nth story gets row n."""
        self._ids, self._states = [*states], [*states.values()]
        self._rows = {each: row for row, each in enumerate(self._ids)}
        self._live = len(self._ids)

    def stored(self, rows: Sequence[int]) -> list[bytes]:
        """States of these rows as of the last commit."""
        return [self._states[each] for each in rows]

    def put(self, story: LiveStory, state: bytes | None = None) -> None:
        """Add the story, or replace the one of its id; with its state where that is known."""
        story_id = story.story_id
        self._live += story_id not in self
        if story_id not in self._rows:
            self._take_row(story_id)
        self._changed[story_id] = story
        self._packed.pop(story_id, None)
        if state is not None:
            self._packed[story_id] = state

    def remove(self, story_id: str) -> None:
        """Take the story away."""
        self._live -= 1
        self._changed[story_id] = None
        self._packed.pop(story_id, None)

    def commit(self) -> None:
        """Keep all changes since the last commit."""
        for story_id, story in self._changed.items():
            self._recent.pop(story_id, None)
            if story is None:
                self._free_row(story_id)
            else:
                self._states[self._rows[story_id]] = self.state(story_id)
                self._keep(story)
        self._changed, self._packed = {}, {}

    def rollback(self) -> None:
        """Undo all changes since the last commit."""
        for story_id, story in self._changed.items():
            known = self._states[self._rows[story_id]] is not _NO_STATE
            self._live += known - (story is not None)
            if not known:
                self._free_row(story_id)
        self._changed, self._packed = {}, {}

    def _decoded(self, story_id: str, state: bytes) -> LiveStory:
        story = self._recent.get(story_id)
        if story is None:
            story = decode_story(state, story_id)
            self._keep(story)
        else:
            self._recent.move_to_end(story_id)
        return story

    @contextmanager
    def _named(self, rows: Sequence[int]) -> Iterator[None]:
        """Where states can't be read, say of which stories."""
        try:
            yield
        except StateError as error:
            states = dict(zip([self._ids[each] for each in rows], self.stored(rows), strict=True))
            raise unreadable(states) or StateError(error.why, [*states]) from error

    def _keep(self, story: LiveStory) -> None:
        self._recent[story.story_id] = story
        if len(self._recent) > self._most_recent:
            self._recent.popitem(last=False)

    def _take_row(self, story_id: str) -> None:
        if self._free:
            row = self._free.pop()
            self._ids[row] = story_id
        else:
            row = len(self._ids)
            self._ids.append(story_id)
            self._states.append(_NO_STATE)
        self._rows[story_id] = row

    def _free_row(self, story_id: str) -> None:
        row = self._rows.pop(story_id)
        self._ids[row] = ""
        self._states[row] = _NO_STATE
        self._free.append(row)
