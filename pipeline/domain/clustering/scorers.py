"""Evaluates learned scorers from plain numbers: linear ones, boosted trees, and the mean of several.

All give a log-odds per row. Trees are stacked into arrays, so that all trees and all rows descend together,
one level per step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    """Gradient-boosted trees. All arrays but `baseline` have shape (n_trees, n_nodes).

    A leaf is its own child on both sides, so that descending further stays there.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.float64]
    baseline: float
    depth: int

    def logit(self, rows: Rows) -> NDArray[np.float64]:
        """See Scorer."""
        n_trees, n_nodes = self.feature.shape
        first_node = np.arange(n_trees)[:, None] * n_nodes
        first_column = np.arange(rows.shape[0])[None, :] * rows.shape[1]
        at = np.broadcast_to(first_node, (n_trees, rows.shape[0]))
        for _ in range(self.depth):
            goes_left = rows.take(first_column + self.feature.take(at)) <= self.threshold.take(at)
            at = first_node + np.where(goes_left, self.left.take(at), self.right.take(at))
        logits: NDArray[np.float64] = self.value.take(at).sum(axis=0) + self.baseline
        return logits


@dataclass(frozen=True)
class MeanScorer:
    """The mean log-odds of several scorers: their errors differ, so that together they err less."""

    parts: tuple[Scorer, ...]

    def logit(self, rows: Rows) -> NDArray[np.float64]:
        """See Scorer."""
        mean: NDArray[np.float64] = np.mean([part.logit(rows) for part in self.parts], axis=0)
        return mean


def read_scorer(part: Mapping[str, Any], features: tuple[str, ...]) -> Scorer:
    """A scorer from its part of the artifact. Raises ArtifactError where it was trained on other features."""
    if part["kind"] == "mean":
        return MeanScorer(tuple(read_scorer(each, features) for each in part["parts"]))
    if tuple(part["features"]) != features:
        raise ArtifactError(f"scorer was trained on {part['features']}, this code computes {list(features)}")
    if part["kind"] == "linear":
        return LinearScorer(np.array(part["weights"], dtype=np.float64), float(part["intercept"]))
    if part["kind"] == "trees":
        return TreeScorer(
            feature=np.array(part["feature"], dtype=np.int64),
            threshold=np.array(part["threshold"], dtype=np.float64),
            left=np.array(part["left"], dtype=np.int64),
            right=np.array(part["right"], dtype=np.int64),
            value=np.array(part["value"], dtype=np.float64),
            baseline=float(part["baseline"]),
            depth=int(part["depth"]),
        )
    raise ArtifactError(f"scorer of kind {part['kind']!r}, expected 'linear', 'trees' or 'mean'")
