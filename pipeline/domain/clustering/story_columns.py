"""The states of many stories, read at once into columns: to decode each of a million takes minutes.

What is read is what all indexes hold. It equals what the decoded stories say, to the last bit.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pipeline.domain.clustering.packed_terms import HIGH_VALUES, LOW, marks_of
from pipeline.domain.clustering.reprints import HASHES
from pipeline.domain.clustering.state_error import StateError
from pipeline.domain.clustering.story_codec import decode_story
from pipeline.domain.clustering.story_layout import (
    ARRIVED,
    FLAGS,
    NOTED,
    NOTES,
    OPENED_BY_FIRST,
    PATTERN,
    PUBLISHED,
    SIGNED,
    STATE_VERSION,
    SUMS,
)
from pipeline.domain.clustering.terms import TITLE

_STORY = np.dtype([("version", "u1"), ("flags", "u1"), ("members", "<u2"), ("dims", "<u2")])
_SUMS = np.dtype([("size", "<u8"), ("last_sequence", "<u8"), ("last_at", "<f8"), ("last_arrival", "<f8")])
_MEMBER = np.dtype(
    [("flags", "<u2"), ("scale", "<f4"), ("sequence", "<u8"), ("terms", "u1", HIGH_VALUES), ("forms", "u1"),
     ("names", "u1")]
)  # fmt: skip
_BUCKET_BYTES, _TERM_BYTES, _SIGNATURE_BYTES = 2, 3, 2 * HASHES
_GRAY, _REPRINT, _ISSUE = (1 << FLAGS.index(name) for name in ("gray", "reprint", "issue"))
_LEAST_LENGTH = np.float32(1e-9)

Places = NDArray[np.int64]


@dataclass(frozen=True)
class MemberColumns:
    """Members of stories, in no order; shape (n_members,) where nothing else is said."""

    story: Places
    """The number of each one's story."""
    gray: NDArray[np.bool_]
    reprint: NDArray[np.bool_]
    published_at: NDArray[np.float64]
    """NaN where undated."""
    pattern: NDArray[np.uint32]
    """0 where there is none."""
    forms: NDArray[np.uint32]
    """Shape (n_forms,): of all members."""
    form_of: Places
    """The member that has this form."""
    signatures: NDArray[np.uint16]
    """Shape (n_signed, HASHES)."""
    signed: Places
    """The member that has this signature."""


@dataclass(frozen=True)
class StoryColumns:
    """Stories by number; shape (n_stories,)."""

    last_sequence: NDArray[np.int64]
    last_at: NDArray[np.float64]
    """NaN where unknown."""
    gray: NDArray[np.bool_]
    """It has several articles of which one was decided near the boundary."""
    members: MemberColumns


def read_columns(states: Sequence[bytes]) -> StoryColumns:
    """What the indexes ask of these stories. Raises StateError."""
    with _told(states):
        block = _Block(states)
        rounds = list(block.rounds())
        members = _members(block, rounds)
        heads, summed = block.heads, block.sums["story"]
        last_sequence = np.zeros(len(states), dtype=np.int64)
        last_at, gray = np.full(len(states), np.nan), np.zeros(len(states), dtype=np.bool_)
        for each in rounds:
            own = each.stories
            last_sequence[own] = np.maximum(last_sequence[own], each.heads["sequence"].astype(np.int64))
            last_at[own] = np.fmax(last_at[own], each.published_at)
        last_sequence[summed] = block.sums["of"]["last_sequence"]
        last_at[summed] = block.sums["of"]["last_at"]
        gray[members.story[members.gray]] = True
        several = heads["members"] > 1
        several[summed] = block.sums["of"]["size"] > 1
        return StoryColumns(last_sequence, last_at, gray & several, members)


def read_centroids(states: Sequence[bytes]) -> NDArray[np.float32]:
    """The centroid of each of these stories, shape (n_stories, dims). Raises StateError."""
    with _told(states):
        block = _Block(states)
        totals = np.zeros((len(states), block.dims), dtype=np.float32)
        for number, each in enumerate(block.rounds()):
            values = block.rows("i1", block.dims, each.vectors_at).astype(np.float32)
            values *= each.heads["scale"][:, None]
            totals[each.stories] = values if number == 0 else totals[each.stories] + values
        totals[block.sums["story"]] = block.rows("<f4", block.dims, block.sums["total_at"])
        # The lengths one by one: sums over rows are rounded otherwise.
        lengths = np.sqrt(np.array([each.dot(each) for each in totals], dtype=np.float32))
        totals /= np.maximum(lengths, _LEAST_LENGTH)[:, None]
        return totals


@dataclass(frozen=True)
class TitleColumns:
    """Terms of titles, in no order; shape (n_terms,)."""

    story: Places
    """The number of each one's story."""
    member: Places
    """Any number that terms of the same member share, and no others."""
    terms: NDArray[np.int64]


def read_titles(states: Sequence[bytes]) -> TitleColumns:
    """What the titles of these stories' members say, but for reprints and issues of columns. Raises StateError."""
    with _told(states):
        block = _Block(states)
        parts, members = [], 0
        for each in block.rounds():
            terms, of = _title_terms(block, each)
            parts.append((each.stories[of], members + of, terms))
            members += len(each.stories)
        return TitleColumns(*(_joined(own, np.int64) for own in zip(*parts, strict=True)))


@dataclass(frozen=True)
class _Round:
    """The nth member of each story that has so many."""

    stories: Places
    heads: NDArray[Any]
    published_at: NDArray[np.float64]
    numbers_at: Places
    """Where forms, pattern and names begin."""
    terms_at: Places
    signatures_at: Places
    vectors_at: Places

    def has(self, part: int) -> NDArray[np.bool_]:
        """Which of them have this part, or this flag."""
        there: NDArray[np.bool_] = (self.heads["flags"] & part) != 0
        return there


class _Block:
    """The bytes of some stories."""

    def __init__(self, states: Sequence[bytes]) -> None:
        self._data = b"".join(states)
        self._ends = np.array([*accumulate(map(len, states))], dtype=np.int64)
        starts = self._ends - np.array([*map(len, states)], dtype=np.int64)
        self.heads = self.values(_STORY, starts)
        self.dims = int(self.heads["dims"].max(initial=0))
        if (self.heads["version"] != STATE_VERSION).any() or (self.heads["dims"] != self.dims).any():
            raise ValueError("of another version, or of several sizes of vectors")
        self._members_at = starts + _STORY.itemsize
        self._skip_ids()
        self.sums = self._read_sums()
        self._skip_notes()

    def values(self, dtype: DTypeLike, at: Places) -> NDArray[Any]:
        """One value from each of these places."""
        size = np.dtype(dtype).itemsize
        return np.ndarray((max(0, len(self._data) - size + 1),), dtype, self._data, strides=(1,))[at]

    def rows(self, dtype: DTypeLike, width: int, at: Places) -> NDArray[Any]:
        """So many values from each of these places."""
        if not at.size or not width:
            return np.zeros((at.size, width), dtype=dtype)
        whole = np.dtype((np.void, np.dtype(dtype).itemsize * width))  # one copy a row, not one a value
        return self.values(whole, at).view(dtype).reshape(at.size, width)

    def rounds(self) -> Iterator[_Round]:
        """All first members, then all second ones, and so on. Raises ValueError where they don't end with the
        states."""
        at, stories = self._members_at.copy(), np.flatnonzero(self.heads["members"])
        number = 0
        while stories.size:
            each = self._round(stories, at[stories])
            yield each
            at[stories] = each.vectors_at + self.dims
            number += 1
            stories = stories[self.heads["members"][stories] > number]
        if (at != self._ends).any():
            raise ValueError("it ends elsewhere")

    def _round(self, stories: Places, at: Places) -> _Round:
        heads = self.values(_MEMBER, at)
        at = at + _MEMBER.itemsize
        dated, arrived, signed, patterned = (
            (heads["flags"] & part) != 0 for part in (PUBLISHED, ARRIVED, SIGNED, PATTERN)
        )
        published_at = np.full(len(stories), np.nan)
        published_at[dated] = self.values("<f8", at[dated])
        at += 8 * dated + 8 * arrived.astype(np.int64)
        at += 2 + self.values("u1", at + 1)
        at += 1 + self.values("u1", at).astype(np.int64)
        numbers_at = at.copy()
        at += 4 * (heads["forms"].astype(np.int64) + patterned + heads["names"])
        terms_at = at.copy()
        at += _TERM_BYTES * heads["terms"].sum(axis=1, dtype=np.int64)
        return _Round(stories, heads, published_at, numbers_at, terms_at, at, at + _SIGNATURE_BYTES * signed)

    def _skip_ids(self) -> None:
        named = np.flatnonzero((self.heads["flags"] & OPENED_BY_FIRST) == 0)
        self._members_at[named] += 2 + self.values("u1", self._members_at[named] + 1).astype(np.int64)

    def _read_sums(self) -> dict[str, NDArray[Any]]:
        """Of the stories that say them: the story, the sums, where the total stands."""
        summed = np.flatnonzero(self.heads["flags"] & SUMS)
        at = self._members_at[summed]
        self._members_at[summed] += _SUMS.itemsize + 4 * self.dims
        return {"story": summed, "of": self.values(_SUMS, at), "total_at": at + _SUMS.itemsize}

    def _skip_notes(self) -> None:
        """Few have any."""
        for story in np.flatnonzero(self.heads["flags"] & NOTED).tolist():
            at = int(self._members_at[story])
            _, sides, placed = NOTES.unpack_from(self._data, at)
            at += NOTES.size
            for _ in range(sides + placed):
                at += 2 + self._data[at + 1]
            self._members_at[story] = at


@contextmanager
def _told(states: Sequence[bytes]) -> Iterator[None]:
    """Where the block can't be read, the story that can't is read alone, which says why."""
    try:
        yield
    except (IndexError, ValueError, struct.error) as error:
        for each in states:
            decode_story(each)
        raise StateError(f"{len(states)} story states can't be read: {error}") from error


def _members(block: _Block, rounds: Sequence[_Round]) -> MemberColumns:
    first = [0, *accumulate(len(each.stories) for each in rounds)]
    numbers = [np.arange(start, end) for start, end in pairwise(first)]
    forms = [_forms(block, each) for each in rounds]
    signed = [each.has(SIGNED) for each in rounds]
    return MemberColumns(
        story=_joined([each.stories for each in rounds], np.int64),
        gray=_joined([each.has(_GRAY) for each in rounds], np.bool_),
        reprint=_joined([each.has(_REPRINT) for each in rounds], np.bool_),
        published_at=_joined([each.published_at for each in rounds], np.float64),
        pattern=_joined([_patterns(block, each) for each in rounds], np.uint32),
        forms=_joined([each for each, _ in forms], np.uint32),
        form_of=_joined([own[of] for own, (_, of) in zip(numbers, forms, strict=True)], np.int64),
        signatures=_joined(
            [block.rows("<u2", HASHES, each.signatures_at[has]) for each, has in zip(rounds, signed, strict=True)],
            np.uint16,
        ).reshape(-1, HASHES),
        signed=_joined([own[has] for own, has in zip(numbers, signed, strict=True)], np.int64),
    )


def _joined(parts: Sequence[NDArray[Any]], dtype: DTypeLike) -> NDArray[Any]:
    return np.concatenate(parts).astype(dtype, copy=False) if parts else np.zeros(0, dtype=dtype)


def _forms(block: _Block, each: _Round) -> tuple[NDArray[np.uint32], Places]:
    """All forms, and the member of the round that has each."""
    of, place = _counted(each.heads["forms"].astype(np.int64))
    return block.values("<u4", each.numbers_at[of] + 4 * place), of


def _patterns(block: _Block, each: _Round) -> NDArray[np.uint32]:
    patterns, has = np.zeros(len(each.stories), dtype=np.uint32), each.has(PATTERN)
    patterns[has] = block.values("<u4", each.numbers_at[has] + 4 * each.heads["forms"][has].astype(np.int64))
    return patterns


def _title_terms(block: _Block, each: _Round) -> tuple[NDArray[np.int64], Places]:
    """Terms of the titles, and the member of the round that has each."""
    ends = each.heads["terms"].cumsum(axis=1, dtype=np.int64)
    counts = ends[:, -1] * ~(each.has(_REPRINT) | each.has(_ISSUE))
    of, place = _counted(counts)
    codes = block.values("u1", (each.terms_at + _BUCKET_BYTES * counts)[of] + place)
    titled = (marks_of(codes) & TITLE) != 0
    of, place = of[titled], place[titled]
    low = block.values("<u2", each.terms_at[of] + _BUCKET_BYTES * place)
    return low + LOW * (place[:, None] >= ends[of, :-1]).sum(axis=1), of


def _counted(counts: NDArray[np.int64]) -> tuple[Places, Places]:
    """Of things of which each member of a round has so many: whose each is, and which of its own."""
    of = np.repeat(np.arange(counts.size), counts)
    return of, np.arange(of.size) - np.repeat(np.cumsum(counts) - counts, counts)
