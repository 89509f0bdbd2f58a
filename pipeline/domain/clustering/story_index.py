"""Finds the live stories with the nearest centroids: exactly while they are few, nearly so when they are many.

Similarities are always exact: what the coarse search found is compared with the stories' own centroids.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.coarse_index import CoarseIndex
from pipeline.domain.clustering.exact_index import ExactIndex
from pipeline.domain.clustering.packed_stories import PackedStories

EXACT_UP_TO = 32_768
"""Stories. Beyond, the coarse search is faster by measurement (docs/performance.md)."""

_GROWN = 4
"""Times as many stories as the regions were made of, they are made anew."""

_MORE = 2
"""Times as many are looked for than are asked for: similarities in one byte a value are wrong by .002."""


class StoryIndex:
    """The centroids of all live stories."""

    def __init__(self, stories: PackedStories, exact_up_to: int | None = None) -> None:
        self._stories = stories
        self._index: ExactIndex | CoarseIndex = ExactIndex()
        self._exact_up_to = EXACT_UP_TO if exact_up_to is None else exact_up_to
        if importlib.util.find_spec("faiss") is None:
            self._exact_up_to = sys.maxsize

    def __len__(self) -> int:
        return len(self._index)

    def put(self, story_id: str, centroid: NDArray[np.float32]) -> None:
        """Add or replace a centroid of shape (dims,)."""
        self._index.put(self._stories.row(story_id), centroid)

    def remove(self, story_id: str) -> None:
        """Take a story out."""
        self._index.remove(self._stories.row(story_id))

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
            self._index = CoarseIndex(rows, self._stored)
            return
        self._index = ExactIndex()
        for row, story_id in zip(rows, ids, strict=True):
            self._index.put(row, self._stories.centroids([story_id])[0])

    def nearest(self, vectors: Sequence[NDArray[np.float32]], count: int) -> list[list[str]]:
        """For each vector the ids of the `count` stories with the most similar centroids; ties by id."""
        return [[story_id for _, story_id in found] for found in self.scored(vectors, count)]

    def scored(self, vectors: Sequence[NDArray[np.float32]], count: int) -> list[list[tuple[float, str]]]:
        """As `nearest`, each id after its similarity. Each vector has shape (dims,)."""
        if count == 0 or not len(self) or not vectors:
            return [[] for _ in vectors]
        wanted = count if isinstance(self._index, ExactIndex) else _MORE * count
        rows = self._index.nearest(np.stack(vectors), wanted)
        return [self._first(vector, found, count) for vector, found in zip(vectors, rows, strict=True)]

    def _first(self, vector: NDArray[np.float32], rows: list[int], count: int) -> list[tuple[float, str]]:
        ids = [self._stories.id_at(each) for each in rows]
        similarities = np.einsum("ij,j->i", self._centroids(rows), vector)
        found = sorted(zip((-similarities).tolist(), ids, strict=True))[:count]
        return [(-negative, story_id) for negative, story_id in found]

    def _centroids(self, rows: Sequence[int]) -> NDArray[np.float32]:
        if isinstance(self._index, ExactIndex):
            return self._index.centroids(rows)
        return self._stored(rows)

    def _stored(self, rows: Sequence[int]) -> NDArray[np.float32]:
        return self._stories.centroids([self._stories.id_at(each) for each in rows])
