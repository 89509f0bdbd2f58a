"""Evaluates learned scorers from plain numbers: linear ones, boosted trees, and the mean of several.

All give a log-odds per row. Trees don't descend: every split of every tree is asked of every row, and the answers
together name the leaf (after QuickScorer, Lucchese et al. 2015).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.mendable import MendableError

Rows = NDArray[np.float32]


class ArtifactError(MendableError):
    """The model artifact can't be used; the message says what was seen and what was expected."""


class Scorer(Protocol):
    """Rows of features in, one log-odds per row out."""

    def logit(self, rows: Rows) -> NDArray[np.float64]:
        """Shape (n_rows,) for rows of shape (n_rows, n_features)."""
        ...


@dataclass(frozen=True)
class LinearScorer:
    """Logistic regression."""

    weights: NDArray[np.float64]
    """Shape (n_features,)."""
    intercept: float

    def logit(self, rows: Rows) -> NDArray[np.float64]:
        """See Scorer."""
        # Row by row sums, not a matrix product: its result may depend on how many rows there are.
        logits: NDArray[np.float64] = (rows * self.weights).sum(axis=1) + self.intercept
        return logits


@dataclass(frozen=True)
class TreeScorer:
    """Gradient-boosted trees of few splits."""

    feature: NDArray[np.int64]
    """Shape (n_splits, n_trees): the column that each split asks. Trees with fewer splits ask one again."""
    threshold: Rows
    """Shape (n_splits, n_trees): yes up to here."""
    leaf: NDArray[np.float64]
    """Shape (n_trees, 2**n_splits): the value by all answers of a tree, the first split's the highest bit."""
    baseline: float

    def logit(self, rows: Rows) -> NDArray[np.float64]:
        """See Scorer."""
        answers = np.ascontiguousarray(rows.T)[self.feature] <= self.threshold[:, :, None]
        own = (answers * self._bits).sum(axis=0, dtype=np.int32)
        # Row by row sums, as above.
        logits: NDArray[np.float64] = self.leaf.take(own.T + self._first_leaf).sum(axis=1) + self.baseline
        return logits

    @cached_property
    def _bits(self) -> NDArray[np.int32]:
        """Shape (n_splits, 1, 1): what a yes to each split adds to the number of the leaf."""
        return (1 << np.arange(len(self.feature), dtype=np.int32))[::-1, None, None]

    @cached_property
    def _first_leaf(self) -> NDArray[np.int32]:
        """Shape (n_trees,)."""
        return np.arange(self.leaf.shape[0], dtype=np.int32) * np.int32(self.leaf.shape[1])


@dataclass(frozen=True)
class MeanScorer:
    """The mean log-odds of several scorers: their errors differ, so that together they err less."""

    parts: tuple[Scorer, ...]

    def logit(self, rows: Rows) -> NDArray[np.float64]:
        """See Scorer."""
        total: NDArray[np.float64] = sum((part.logit(rows) for part in self.parts), np.zeros(len(rows)))
        return total / len(self.parts)


def read_scorer(part: Mapping[str, Any], features: tuple[str, ...]) -> Scorer:
    """A scorer from its part of the artifact. Raises ArtifactError where it was trained on other features."""
    if part["kind"] == "mean":
        return MeanScorer(tuple(read_scorer(each, features) for each in part["parts"]))
    if tuple(part["features"]) != features:
        raise ArtifactError(f"scorer was trained on {part['features']}, this code computes {list(features)}")
    if part["kind"] == "linear":
        return LinearScorer(np.array(part["weights"], dtype=np.float64), float(part["intercept"]))
    if part["kind"] == "trees":
        return _read_trees(part)
    raise ArtifactError(f"scorer of kind {part['kind']!r}, expected 'linear', 'trees' or 'mean'")


MAX_SPLITS = 8
"""Of one tree: its table of leaves doubles with each."""


def _read_trees(part: Mapping[str, Any]) -> TreeScorer:
    """From trees of nodes, in which a leaf is its own child on both sides."""
    trees = [*zip(part["left"], part["right"], part["value"], strict=True)]
    splits = [[node for node, child in enumerate(left) if child != node] for left, _, _ in trees]
    most = max(map(len, splits))
    if most > MAX_SPLITS:
        raise ArtifactError(f"a tree has {most} splits, expected at most {MAX_SPLITS}: train with fewer leaves")
    asked = np.array([own + [0] * (most - len(own)) for own in splits], dtype=np.int64).T
    at = np.arange(len(trees)), asked
    leaves = [
        [_leaf(tree, dict(zip(own, answers, strict=False))) for answers in product((False, True), repeat=most)]
        for tree, own in zip(trees, splits, strict=True)
    ]
    return TreeScorer(
        feature=np.array(part["feature"], dtype=np.int64)[at],
        threshold=_rounded_down(np.array(part["threshold"], dtype=np.float64)[at]),
        leaf=np.array(leaves, dtype=np.float64),
        baseline=float(part["baseline"]),
    )


def _leaf(tree: tuple[list[int], list[int], list[float]], answers: Mapping[int, bool]) -> float:
    """The value of the leaf to which these answers of the splits lead."""
    left, right, value = tree
    node = 0
    while node in answers:
        node = left[node] if answers[node] else right[node]
    return value[node]


def _rounded_down(thresholds: NDArray[np.float64]) -> Rows:
    """No feature, being a float32, lies between a threshold and this."""
    nearest = thresholds.astype(np.float32)
    below: Rows = np.where(nearest > thresholds, np.nextafter(nearest, np.float32(-np.inf)), nearest)
    return below
