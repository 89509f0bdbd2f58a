"""Finds the live stories with the nearest centroids: exactly while they are few, nearly so when they are many.

Where they are many, those that share rare words of headlines with the article are candidates too. Similarities are
always exact: what the coarse search and the words found is compared with the stories' own centroids.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.coarse_index import CoarseIndex
from pipeline.domain.clustering.exact_index import ExactIndex
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.packed_stories import PackedStories
from pipeline.domain.clustering.rare_words import RareWords
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.terms import Terms
from pipeline.domain.clustering.types import TERM_BUCKETS

EXACT_UP_TO = 32_768
"""Stories. Beyond, the coarse search is faster by measurement (docs/performance.md)."""

_GROWN = 4
"""Times as many stories as the regions were made of, they are made anew."""

_MORE, _LEAST = 2, 48
"""Times as many are looked for than are asked for, and so many at least: coarse likeness is a little wrong."""

_AT_ONCE, _ASKED_AT_ONCE = 16_384, 256
"""Centroids that are read, and vectors that are searched for."""


class StoryIndex:
    """The centroids of all live stories, and rare words where there are many."""

    def __init__(
        self, stories: PackedStories, shares: NDArray[np.float32] | None = None, exact_up_to: int | None = None
    ) -> None:
        """`shares`: see `RareWords`; without them no word is rarer than another."""
        self._stories = stories
        self._shares = np.zeros(TERM_BUCKETS, dtype=np.float32) if shares is None else shares
        self._index: ExactIndex | CoarseIndex = ExactIndex()
        self.rare: RareWords | None = None
        self._exact_up_to = EXACT_UP_TO if exact_up_to is None else exact_up_to
        if importlib.util.find_spec("faiss") is None:
            self._exact_up_to = sys.maxsize

    def __len__(self) -> int:
        return len(self._index)

    def replace(
        self, row: int, story: LiveStory | None, gone: Sequence[LiveMember], come: Sequence[LiveMember]
    ) -> None:
        """Follow a story's change, None where it is no more: these members left it, and these are new in it."""
        if story is not None:
            self._index.put(row, story.centroid)
        elif gone:
            self._index.remove(row)
        if self.rare is not None:
            self.rare.replace(row, gone, come)

    def fit(self) -> None:
        """Between batches: search coarsely from so many stories on, in regions that were made of about as many."""
        most = self._exact_up_to if isinstance(self._index, ExactIndex) else _GROWN * self._index.made_of
        if len(self) > most:
            self.rebuild()

    def rebuild(self) -> None:
        """Make the index anew, of all stories."""
        ids = sorted(self._stories)
        rows = [self._stories.row(each) for each in ids]
        if len(ids) > self._exact_up_to:
            self._index = CoarseIndex(rows, self._stories.stored_centroids)
            self.rare = RareWords(self._stories, self._shares)
            self.rare.read(rows)
            return
        self._index, self.rare = ExactIndex(), None
        for at in range(0, len(rows), _AT_ONCE):
            some = rows[at : at + _AT_ONCE]
            self._index.put_all(some, self._stories.stored_centroids(some))

    def nearest(
        self, vectors: Sequence[NDArray[np.float32]], count: int, terms: Sequence[Terms] = ()
    ) -> list[list[str]]:
        """For each vector the ids of the `count` stories with the most similar centroids; ties by id."""
        return [[story_id for _, story_id in found] for found in self.scored(vectors, count, terms)]

    def scored(
        self, vectors: Sequence[NDArray[np.float32]], count: int, terms: Sequence[Terms] = ()
    ) -> list[list[tuple[float, str]]]:
        """As `nearest`, each id after its similarity. Each vector has shape (dims,).

        `terms`: of the articles that the vectors are of, where they are of articles.
        """
        if count == 0 or not len(self) or not vectors:
            return [[] for _ in vectors]
        found: list[list[tuple[float, str]]] = []
        for at in range(0, len(vectors), _ASKED_AT_ONCE):
            part = slice(at, at + _ASKED_AT_ONCE)
            found += self._first(vectors[part], self._found(np.stack(vectors[part]), count, terms[part]), count)
        return found

    def _found(self, vectors: NDArray[np.float32], count: int, terms: Sequence[Terms]) -> list[list[int]]:
        """Rows of stories among which the nearest ones of each vector are, each once."""
        if isinstance(self._index, ExactIndex):
            return self._index.nearest(vectors, count)
        near = self._index.nearest(vectors, max(_LEAST, _MORE * count))
        if self.rare is None or not terms:
            return near
        return [[*{*rows, *self.rare.found(each)}] for rows, each in zip(near, terms, strict=True)]

    def _first(
        self, vectors: Sequence[NDArray[np.float32]], rows: list[list[int]], count: int
    ) -> Iterator[list[tuple[float, str]]]:
        """The nearest of the rows that were found for each vector; what several found is read once."""
        every = sorted({row for found in rows for row in found})
        places = {row: place for place, row in enumerate(every)}
        ids, centroids = [self._stories.id_at(each) for each in every], self._centroids(every)
        for vector, found in zip(vectors, rows, strict=True):
            own = [places[each] for each in found]
            similarities = np.einsum("ij,j->i", centroids[own], vector)
            best = sorted(zip((-similarities).tolist(), (ids[each] for each in own), strict=True))[:count]
            yield [(-negative, story_id) for negative, story_id in best]

    def _centroids(self, rows: Sequence[int]) -> NDArray[np.float32]:
        if isinstance(self._index, ExactIndex):
            return self._index.centroids(rows)
        return self._stories.centroids([self._stories.id_at(each) for each in rows])
