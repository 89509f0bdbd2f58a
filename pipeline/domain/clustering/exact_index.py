"""Centroids in one matrix: nearest ones by one matrix product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SIMILARITIES = 8_000_000
"""Computed at a time: 32 MB."""

_FOLDS = 32
"""Parts that a row of similarities is folded into."""

_ALIKE = np.float32(1e-5)
"""Similarities that differ by less may be equal: a product of matrices rounds by where a centroid stands."""


class ExactIndex:
    """Keys are small numbers. Places in the matrix are used again; their order carries no meaning."""

    def __init__(self) -> None:
        self._matrix: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)
        self._keys: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._places: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._places)

    def put(self, key: int, centroid: NDArray[np.float32]) -> None:
        """Add or replace a centroid of shape (dims,)."""
        place = self._places.get(key)
        if place is None:
            place = len(self._places)
            self._grow(place + 1, centroid.size)
            self._places[key] = place
            self._keys[place] = key
        self._matrix[place] = centroid

    def put_all(self, keys: Sequence[int], centroids: NDArray[np.float32]) -> None:
        """Add centroids of shape (n, dims) under keys that are not there yet."""
        start = len(self)
        self._grow(start + len(keys), centroids.shape[1])
        self._places |= {key: start + at for at, key in enumerate(keys)}
        self._keys[start : len(self)], self._matrix[start : len(self)] = keys, centroids

    def remove(self, key: int) -> None:
        """Take a centroid out; the last one moves into its place."""
        place, last = self._places.pop(key), len(self._places)
        if place != last:
            self._keys[place], self._matrix[place] = self._keys[last], self._matrix[last]
            self._places[int(self._keys[place])] = place

    def content(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """All keys, and the centroids of shape (n, dims)."""
        return self._keys[: len(self)], self._matrix[: len(self)]

    def nearest(self, vectors: NDArray[np.float32], count: int) -> list[list[int]]:
        """For each vector the keys of the `count` nearest centroids, in no order, and of those about as near.

        Who compares these exactly finds the same ones, wherever they stand in the matrix.

        One matrix product for many: the matrix is read once.
        """
        keys, matrix = self.content()
        at_once = max(1, _SIMILARITIES // max(1, len(self)))
        parts = (vectors[at : at + at_once] @ matrix.T for at in range(0, len(vectors), at_once))
        return [keys[row].tolist() for similarities in parts for row in _nearest(similarities, count)]

    def centroids(self, keys: Sequence[int]) -> NDArray[np.float32]:
        """Shape (n, dims)."""
        return self._matrix[[self._places[each] for each in keys]]

    def _grow(self, places: int, dims: int) -> None:
        if self._matrix.shape[0] >= places:
            return
        grown = np.zeros((max(64, 2 * places), dims), dtype=np.float32)
        grown[: len(self)] = self._matrix[: len(self)].reshape(len(self), dims)
        self._matrix = grown
        self._keys = np.append(self._keys, np.zeros(len(grown) - self._keys.size, dtype=np.int64))


def _nearest(values: NDArray[np.float32], count: int) -> list[NDArray[np.int64]]:
    """Of each row, columns of the `count` largest values, in no order, and of those that are about as large."""
    columns = _largest(values, count + 1)
    if columns.shape[1] <= count:
        return [*columns]
    found = np.take_along_axis(values, columns, axis=1)
    last = np.partition(found, 1, axis=1)[:, 1] - _ALIKE
    tied = found.min(axis=1) >= last
    return [
        np.flatnonzero(values[row] >= last[row]) if tied[row] else own[found[row] >= last[row]]
        for row, own in enumerate(columns)
    ]


def _largest(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Columns of the `count` largest values of each row, or of all, in no order. Shape (n_rows, count).

    A row is folded first: each of the largest values is in one of the columns of the fold with the largest maxima,
    so that few values are left to choose from.
    """
    width = values.shape[1] // _FOLDS
    if width <= count:
        return _first(values, count)
    rows, folded = len(values), values[:, : _FOLDS * width].reshape(len(values), _FOLDS, width)
    columns = _first(folded.max(axis=1), count)
    places = (columns[:, :, None] + width * np.arange(_FOLDS)).reshape(rows, -1)
    rest = np.broadcast_to(np.arange(_FOLDS * width, values.shape[1]), (rows, values.shape[1] - _FOLDS * width))
    places = np.concatenate([places, rest], axis=1)
    chosen = _first(np.take_along_axis(values, places, axis=1), count)
    return np.take_along_axis(places, chosen, axis=1)


def _first(values: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    if values.shape[1] <= count:
        return np.broadcast_to(np.arange(values.shape[1]), values.shape)
    return np.argpartition(values, values.shape[1] - count, axis=1)[:, -count:]
