"""The index of many stories by itself: what it was made of, what is put and removed, and how much it loses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.domain.clustering import coarse_index
from pipeline.domain.clustering.coarse_index import CoarseIndex

pytest.importorskip("faiss")

DIMS, MANY, ASKED = 48, 2_000, 12


def flat(count: int, seed: int, wide: int = DIMS) -> NDArray[np.float32]:
    """Unit vectors that differ along the first `wide` axes and next to nothing along the others."""
    vectors = np.random.default_rng(seed).normal(size=(count, DIMS))
    vectors[:, wide:] *= 0.01
    units: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return units


def of(vectors: NDArray[np.float32]) -> CoarseIndex:
    return CoarseIndex(range(len(vectors)), lambda keys: vectors[np.array(keys)])


def recall(index: CoarseIndex, vectors: NDArray[np.float32], asked: NDArray[np.float32]) -> float:
    """Share of the nearest that is found."""
    found: Sequence[Sequence[int]] = index.nearest(asked, ASKED)
    nearest = np.argsort(-(asked @ vectors.T), axis=1)[:, :ASKED].tolist()
    return sum(len({*one} & {*other}) for one, other in zip(found, nearest, strict=True)) / (ASKED * len(asked))


def test_each_centroid_that_it_was_made_of_is_there() -> None:
    vectors = flat(MANY, seed=1)
    index = of(vectors)
    assert len(index) == MANY
    assert [row for (row,) in index.nearest(vectors, 1)] == [*range(MANY)]


def test_what_a_byte_tells_of_a_value_is_enough_to_find_the_nearest() -> None:
    vectors = flat(MANY, seed=1)
    assert recall(of(vectors), vectors, flat(200, seed=2)) >= 0.95


def test_the_axes_that_are_kept_are_those_along_which_centroids_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coarse_index, "AXES", 8)
    vectors = flat(MANY, seed=1, wide=8)
    assert recall(of(vectors), vectors, flat(200, seed=2, wide=8)) >= 0.95


def test_a_centroid_that_lies_farther_out_than_all_that_it_was_made_of_is_found() -> None:
    index = of(flat(MANY, seed=1))
    for sign in (1.0, -1.0):
        far = (sign * index._axes[:, 0]).astype(np.float32)
        index.put(MANY, far)
        assert index.nearest(far[None], 1) == [[MANY]]


def test_what_is_removed_is_not_found_until_it_is_put_again() -> None:
    vectors = flat(MANY, seed=1)
    index = of(vectors)
    index.remove(7)
    index.remove(0)
    assert len(index) == MANY - 2
    assert index.nearest(vectors[[7]], 1) != [[7]]
    index.put(7, vectors[7])
    index.put(7, vectors[8])
    assert len(index) == MANY - 1
    assert sorted(index.nearest(vectors[[8]], 2)[0]) == [7, 8]
