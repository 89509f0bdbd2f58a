"""Finds live stories by the rarest words of headlines: a second way to a story whose centroid was not found.

Of each headline the rarest words count, and two of them at a time: where there are a million stories, one word
alone is in the headlines of hundreds, two of them together are in those of few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.key_table import KeyTable
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.packed_stories import PackedStories
from pipeline.domain.clustering.story_columns import TitleColumns, read_titles
from pipeline.domain.clustering.terms import TITLE, Terms
from pipeline.domain.clustering.types import TERM_BUCKETS

KEPT, ASKED = 3, 8
"""Rarest words of a headline by which its story is found, and by which stories are looked for."""

MOST = 32
"""Members that have the same two words; where more have them these are not rare."""

FOUND = 16
"""Stories that are found for an article."""

_BITS = np.uint64(TERM_BUCKETS.bit_length() - 1)
_SPREAD, _TOP = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
"""The golden ratio: what is multiplied with it is spread evenly over the upper bits (Knuth 6.4)."""

_AT_ONCE = 4_096


class RareWords:
    """Rows of stories under pairs of their members' rarest words, as reprints are under their texts."""

    def __init__(self, stories: PackedStories, shares: NDArray[np.float32]) -> None:
        """`shares`: of articles that have a term in general, shape (TERM_BUCKETS,); the same in all processes."""
        self._stories = stories
        self._ranks = np.empty(TERM_BUCKETS, dtype=np.uint64)
        self._ranks[np.argsort(shares, kind="stable")] = np.arange(TERM_BUCKETS)
        self._table: KeyTable[int] = KeyTable("u4")

    @property
    def nbytes(self) -> int:
        """Memory of the table."""
        return self._table.nbytes

    def read(self, rows: Sequence[int]) -> None:
        """Take over the stories of these rows as of the last commit, decoding none."""
        parts = [
            self._entries(np.array(some), read_titles(self._stories.stored(some)))
            for some in (rows[at : at + _AT_ONCE] for at in range(0, len(rows), _AT_ONCE))
        ]
        self._table.add_all([keys for keys, _ in parts], [values for _, values in parts])

    def replace(self, row: int, gone: Iterable[LiveMember], come: Iterable[LiveMember]) -> None:
        """Follow a story's change: these members left it, and these are new in it."""
        for key in self._keys(gone):
            self._table.discard(key, row)
        for key in self._keys(come):
            self._table.add(key, row)

    def found(self, terms: Terms) -> list[int]:
        """Rows of the stories that share most pairs with an article, FOUND at most; of equals the first ids."""
        shared: Counter[int] = Counter()
        for key in _pairs(self._rarest(terms, ASKED)):
            rows = list(islice(self._table.found(key), MOST + 1))
            if len(rows) <= MOST:
                shared.update(set(rows))
        if len(shared) <= FOUND:
            return [*shared]
        return sorted(shared, key=lambda row: (-shared[row], self._stories.id_at(row)))[:FOUND]

    def _keys(self, members: Iterable[LiveMember]) -> Iterator[int]:
        for each in members:
            if not (each.reprint or each.issue):
                yield from _pairs(self._rarest(each.terms, KEPT))

    def _rarest(self, terms: Terms, count: int) -> NDArray[np.uint64]:
        return np.sort(self._ranks[terms.marked(TITLE)])[:count]

    def _entries(
        self, rows: NDArray[np.int64], titles: TitleColumns
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Keys and rows of many members at once."""
        ranks = self._ranks[titles.terms]
        order = np.lexsort((ranks, titles.member))
        ranks, members, stories = ranks[order], titles.member[order], titles.story[order]
        # Each rank with those that follow it among the KEPT lowest of its member.
        first = np.flatnonzero(np.diff(members, prepend=-1))
        place = np.arange(members.size) - np.repeat(first, np.diff(first, append=members.size))
        keys, values = [], []
        for apart in range(1, KEPT):
            later = np.flatnonzero((place >= apart) & (place < KEPT))
            keys.append(_hashed(ranks[later - apart], ranks[later]))
            values.append(rows[stories[later]].astype(np.uint32))
        return np.concatenate(keys), np.concatenate(values)


def _pairs(ranks: NDArray[np.uint64]) -> list[int]:
    """Keys of all pairs of ascending ranks."""
    one, other = np.triu_indices(ranks.size, 1)
    keys: list[int] = _hashed(ranks[one], ranks[other]).tolist()
    return keys


def _hashed(lower: NDArray[np.uint64], higher: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return ((lower << _BITS | higher) * _SPREAD >> _TOP).astype(np.uint32)
