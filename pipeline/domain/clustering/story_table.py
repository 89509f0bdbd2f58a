"""What a sweep asks of all live stories, in columns: to decode each of them would take minutes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_columns import Places, StoryColumns

_GONE = -1


class StoryTable:
    """A row for each story, 17 bytes."""

    def __init__(self) -> None:
        self._sequences: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._times: NDArray[np.float64] = np.zeros(0, dtype=np.float64)
        self._gray: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)

    def put(self, row: int, story: LiveStory | None) -> None:
        """The story of this row now, None where there is none."""
        if row >= self._sequences.size:
            self._grow(max(1_024, 2 * row))
        if story is None:
            self._sequences[row], self._gray[row] = _GONE, False
            return
        self._sequences[row] = story.last_sequence
        self._times[row] = np.nan if story.last_at is None else story.last_at
        self._gray[row] = story.size > 1 and any(each.gray for each in story.members)

    def put_all(self, rows: Places, stories: StoryColumns) -> None:
        """The stories of these rows now."""
        if rows.max() >= self._sequences.size:
            self._grow(max(1_024, 2 * int(rows.max())))
        self._sequences[rows], self._times[rows] = stories.last_sequence, stories.last_at
        self._gray[rows] = stories.gray

    def changed(self, since: int, until: int) -> list[int]:
        """Rows of stories whose latest article came at `since` or later, and before `until`."""
        return _rows((self._sequences >= max(since, 0)) & (self._sequences < until))

    def first_changed(self, since: int, most: int) -> int | None:
        """The number until which at most `most` stories changed, or one did; None where no more changed in all."""
        changed = self._sequences[self._sequences >= max(since, 0)]
        if changed.size <= most:
            return None
        return max(int(np.partition(changed, most)[most]), int(changed.min()) + 1)

    def gray(self) -> list[int]:
        """Rows of stories of several articles of which one was decided near the boundary."""
        return _rows(self._gray)

    def before(self, sequence: int, time: float) -> list[int]:
        """Rows of stories whose latest article came before `sequence`, or whose latest date is before `time`."""
        old = (self._sequences < sequence) | (self._times < time)
        return _rows((self._sequences != _GONE) & old)

    def _grow(self, rows: int) -> None:
        more = rows - self._sequences.size
        self._sequences = np.append(self._sequences, np.full(more, _GONE))
        self._times = np.append(self._times, np.full(more, np.nan))
        self._gray = np.append(self._gray, np.zeros(more, dtype=np.bool_))


def _rows(chosen: NDArray[np.bool_]) -> list[int]:
    rows: list[int] = np.flatnonzero(chosen).tolist()
    return rows
