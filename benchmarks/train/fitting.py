"""Fits a linear scorer and boosted trees to examples, as plain numbers."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.train.simulation import Example
from pipeline.domain.clustering.story_features import STORY_FEATURES

SIGNS = {"hours_nearest": -1, "names_apart": -1, "numbers_apart": -1, "has_body": 0}
"""-1: the feature only speaks against a join; 0: either way; all others only speak for it."""

_SIGNS = [SIGNS.get(each, 1) for each in STORY_FEATURES]
_RIDGE = 1e-3


@dataclass(frozen=True)
class Table:
    """Examples of several corpora in one table."""

    rows: NDArray[np.float32]
    right: NDArray[np.float64]
    weights: NDArray[np.float64]
    sets: NDArray[np.str_]
    """Each row's set, to leave one out."""
    folds: NDArray[np.int64]
    """Each row's fold: all rows of an event have the same."""

    def without(self, set_name: str) -> Table:
        """All rows but this set's."""
        return self._where(self.sets != set_name)

    def without_fold(self, fold: int) -> Table:
        """All rows but those of this fold's events."""
        return self._where(self.folds != fold)

    def _where(self, kept: NDArray[np.bool_]) -> Table:
        return Table(self.rows[kept], self.right[kept], self.weights[kept], self.sets[kept], self.folds[kept])


def fold_of(set_name: str, event: str, folds: int) -> int:
    """The fold of an event. A set's variants, and all look-alikes, agree on it: they tell of the same events."""
    return zlib.crc32(f"{set_name}\0{event}".encode("utf-8", "surrogatepass")) % folds


def tabulate(parts: Iterable[tuple[str, float, list[Example]]], folds: int = 1) -> Table:
    """One table of (set, weight, examples). A corpus weighs by the square root of its articles."""
    rows, right, weights, sets, row_folds = [], [], [], [], []
    for set_name, weight, examples in parts:
        if not examples:
            continue
        each = np.concatenate([np.full(len(one.right), len(one.right) ** -0.5) for one in examples])
        rows.append(np.concatenate([one.rows for one in examples]))
        right.append(np.concatenate([one.right for one in examples]))
        weights.append(each / each.sum() * len(examples) ** 0.5 * weight)
        sets.append(np.full(len(each), set_name))
        row_folds.append(
            np.repeat(
                [fold_of(set_name, one.event, folds) for one in examples], [len(one.right) for one in examples]
            )
        )
    total = np.concatenate(weights)
    return Table(
        np.concatenate(rows),
        np.concatenate(right),
        total / total.mean(),
        np.concatenate(sets),
        np.concatenate(row_folds),
    )


def fit(table: Table) -> dict[str, Any]:
    """The scorer's part of the artifact: the mean of a linear scorer and boosted trees.

    A story that is partly right is an example of both kinds, weighted by its shares. Signs are given, and both
    scorers are small, to keep them from learning a set's accidents: more likeness never makes a join less likely.
    """
    weights = np.concatenate([table.weights * table.right, table.weights * (1.0 - table.right)])
    labels = np.repeat([1, 0], len(table.right))
    counted = weights > 1e-9
    rows = np.concatenate([table.rows, table.rows])[counted]
    examples = (rows, labels[counted], weights[counted])
    return {"kind": "mean", "parts": [_fit_linear(*examples), _fit_trees(*examples)]}


def _fit_linear(
    rows: NDArray[np.float32], labels: NDArray[np.int64], weights: NDArray[np.float64]
) -> dict[str, Any]:
    """Logistic regression whose weights have the given signs, by L-BFGS-B (Byrd et al. 1995)."""
    centre, spread = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64) + 1e-6
    scaled = np.column_stack([(rows - centre) / spread, np.ones(len(rows))])
    shares, sides = weights / weights.sum(), 2.0 * labels - 1.0
    ridge = np.array([_RIDGE] * len(STORY_FEATURES) + [0.0])

    def loss(coefficients: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = sides * (scaled @ coefficients)
        slopes = -shares * sides * expit(-margins)
        value = float(shares @ np.logaddexp(0.0, -margins) + ridge @ coefficients**2)
        return value, scaled.T @ slopes + 2.0 * ridge * coefficients

    bounds = [{1: (0.0, None), -1: (None, 0.0), 0: (None, None)}[sign] for sign in [*_SIGNS, 0]]
    found = minimize(loss, np.zeros(len(bounds)), jac=True, bounds=bounds, method="L-BFGS-B").x
    coefficients = found[:-1] / spread
    return {
        "kind": "linear",
        "features": list(STORY_FEATURES),
        "weights": [round(float(each), 5) for each in coefficients],
        "intercept": round(float(found[-1] - coefficients @ centre), 5),
    }


def _fit_trees(
    rows: NDArray[np.float32],
    labels: NDArray[np.int64],
    weights: NDArray[np.float64],
    trees: int = 100,
    leaves: int = 5,
) -> dict[str, Any]:
    """Boosted trees, monotonic in every feature that has a sign."""
    booster = HistGradientBoostingClassifier(
        max_iter=trees,
        max_leaf_nodes=leaves,
        learning_rate=0.08,
        min_samples_leaf=60,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=0,
        monotonic_cst=_SIGNS,
    )
    return _as_numbers(booster.fit(rows, labels, sample_weight=weights))


def _as_numbers(booster: HistGradientBoostingClassifier) -> dict[str, Any]:
    trees = [stage[0].nodes for stage in booster._predictors]
    width = max(len(nodes) for nodes in trees)
    part: dict[str, Any] = {
        "kind": "trees",
        "features": list(STORY_FEATURES),
        "baseline": round(float(np.ravel(booster._baseline_prediction)[0]), 6),
        "depth": int(max(nodes["depth"].max() for nodes in trees)),
        "feature": [],
        "threshold": [],
        "left": [],
        "right": [],
        "value": [],
    }
    for nodes in trees:
        own = np.arange(len(nodes))
        leaf = nodes["is_leaf"].astype(bool)
        columns = {
            "feature": np.where(leaf, 0, nodes["feature_idx"]).astype(int),
            "threshold": np.where(leaf, 0.0, nodes["num_threshold"]),
            "left": np.where(leaf, own, nodes["left"]).astype(int),
            "right": np.where(leaf, own, nodes["right"]).astype(int),
            "value": np.where(leaf, nodes["value"], 0.0),
        }
        for name, values in columns.items():
            padded = [*values.tolist(), *([0] * (width - len(nodes)))]
            part[name].append([round(each, 5) for each in padded])
    return part
