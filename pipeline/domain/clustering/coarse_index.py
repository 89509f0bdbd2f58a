"""Centroids in lists by their region, one byte a value: only the nearest regions are searched (faiss, IVF).

They are turned to the axes along which centroids differ most, and of these the first are kept: what they lose is
little, and four times as many regions are searched in the same time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PROBED, ONE_IN = 512, 2
"""Regions that are searched for one vector: so many, or of many regions half (docs/performance.md says what they
hold)."""

AXES = 96
"""Dimensions that are kept: .87 of the variance."""

_LARGEST = np.float32(127.0)
_ROOM = np.float32(1.25)
"""Times the largest value of the sample fits into a byte."""

_LEAST = np.float32(1e-9)
"""Where all values of the sample are zero, faiss would keep what is no number, and crash when it is taken out."""

_TRAINED_ON, _ROUNDS = 32, 4
"""Vectors of each region that the regions are made of, and how often they are moved to the middle."""

_AT_ONCE = 16_384

Centroids = Callable[[Sequence[int]], NDArray[np.float32]]
"""Those of some keys, shape (n, dims)."""


class CoarseIndex:
    """Finds most of the nearest centroids. The regions are those of the centroids that it was made of.

    Made of the same centroids with the same keys, in whatever order they came, it finds the same.
    """

    def __init__(self, keys: Sequence[int], centroids: Centroids) -> None:
        import faiss

        faiss.omp_set_num_threads(1)  # its threads wait in loops beside those of the encoder
        self.made_of = len(keys)
        regions = _regions(self.made_of)
        sample = centroids(keys[:: max(1, self.made_of // (_TRAINED_ON * regions))])
        self._axes = _axes(sample)
        dims = self._axes.shape[1]
        self._steps = _LARGEST / (_ROOM * np.maximum(np.abs(sample @ self._axes).max(), _LEAST))
        index: Any = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dims), dims, regions, faiss.ScalarQuantizer.QT_8bit_direct_signed,
            faiss.METRIC_INNER_PRODUCT, False,
        )  # fmt: skip
        index.cp.seed, index.cp.niter, index.cp.max_points_per_centroid = 1, _ROUNDS, _TRAINED_ON
        index.nprobe = max(PROBED, regions // ONE_IN)
        index.train(self._stepped(sample))
        index.set_direct_map_type(faiss.DirectMap.Hashtable)  # type: ignore[attr-defined]
        self._index = index
        self._there: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        for at in range(0, self.made_of, _AT_ONCE):
            some = keys[at : at + _AT_ONCE]
            self._add(np.array(some, dtype=np.int64), centroids(some))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def put(self, key: int, centroid: NDArray[np.float32]) -> None:
        """Add or replace a centroid of shape (dims,)."""
        if key < self._there.size and self._there[key]:
            self.remove(key)
        self._add(np.array([key], dtype=np.int64), centroid[None])

    def remove(self, key: int) -> None:
        """Take a centroid out."""
        self._index.remove_ids(np.array([key], dtype=np.int64))
        self._there[key] = False

    def nearest(self, vectors: NDArray[np.float32], count: int) -> list[list[int]]:
        """For each vector the keys of about the nearest `count` centroids, in no order."""
        _, found = self._index.search(self._stepped(vectors), count)
        return [[key for key in row if key >= 0] for row in found.tolist()]

    def _add(self, keys: NDArray[np.int64], centroids: NDArray[np.float32]) -> None:
        more = int(keys.max()) + 1 - self._there.size
        if more > 0:
            self._there = np.append(self._there, np.zeros(more + self._there.size // 2, dtype=np.bool_))
        self._there[keys] = True
        self._index.add_with_ids(self._stepped(centroids), keys)

    def _stepped(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """As the bytes say them: faiss cuts what comes between. Shape (n, axes)."""
        values = np.rint(vectors @ self._axes * self._steps)
        steps: NDArray[np.float32] = np.clip(values, -_LARGEST, _LARGEST).astype(np.float32)
        return steps


def _axes(sample: NDArray[np.float32]) -> NDArray[np.float32]:
    """Principal axes, those of the largest variance first. Shape (dims, AXES), or all where there are fewer."""
    exact = sample.astype(np.float64)
    _, vectors = np.linalg.eigh(exact.T @ exact)
    return np.ascontiguousarray(vectors[:, ::-1][:, :AXES]).astype(np.float32)


def _regions(stories: int) -> int:
    """Four times the square root: choosing regions and searching those that are chosen then cost about alike."""
    return 1 << int(math.log2(4.0 * math.sqrt(stories)))
