"""Fits boosted trees to examples and turns them into plain numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.train.simulation import Example
from pipeline.clustering.story_features import STORY_FEATURES

FALLING = frozenset({"numbers_differ", "hours_nearest", "hours_last"})
"""Features that can only speak against a join; all others but the free ones only for it."""

FREE = frozenset({"log_size", "same_language", "has_body", "hours_first"})
"""Features that may matter either way."""


@dataclass(frozen=True)
class Table:
    """Examples of several corpora in one table."""

    rows: NDArray[np.float32]
    right: NDArray[np.float64]
    weights: NDArray[np.float64]
    sets: NDArray[np.str_]
    """Each row's set, to leave one out."""

    def without(self, set_name: str) -> Table:
        """All rows but this set's."""
        kept = self.sets != set_name
        return Table(self.rows[kept], self.right[kept], self.weights[kept], self.sets[kept])


def tabulate(parts: Iterable[tuple[str, float, list[Example]]]) -> Table:
    """One table of (set, weight, examples). A corpus weighs by the square root of its articles."""
    rows, right, weights, sets = [], [], [], []
    for set_name, weight, examples in parts:
        if not examples:
            continue
        each = np.concatenate([np.full(len(one.right), len(one.right) ** -0.5) for one in examples])
        rows.append(np.concatenate([one.rows for one in examples]))
        right.append(np.concatenate([one.right for one in examples]))
        weights.append(each / each.sum() * len(examples) ** 0.5 * weight)
        sets.append(np.full(len(each), set_name))
    total = np.concatenate(weights)
    return Table(np.concatenate(rows), np.concatenate(right), total / total.mean(), np.concatenate(sets))


def fit(table: Table, *, trees: int = 150, leaves: int = 8) -> dict[str, Any]:
    """The scorer's part of the artifact.

    A story that is partly right is an example of both kinds, weighted by its shares. Monotonic constraints keep
    the trees from learning a set's accidents: more likeness never makes a join less likely.
    """
    booster = HistGradientBoostingClassifier(
        max_iter=trees, max_leaf_nodes=leaves, learning_rate=0.08, min_samples_leaf=60,
        l2_regularization=5.0, early_stopping=False, random_state=0,
        monotonic_cst=[-1 if each in FALLING else 0 if each in FREE else 1 for each in STORY_FEATURES],
    )
    weights = np.concatenate([table.weights * table.right, table.weights * (1.0 - table.right)])
    labels = np.repeat([1, 0], len(table.right))
    counted = weights > 1e-9
    booster.fit(np.concatenate([table.rows, table.rows])[counted], labels[counted], sample_weight=weights[counted])
    return _as_numbers(booster)


def _as_numbers(booster: HistGradientBoostingClassifier) -> dict[str, Any]:
    trees = [stage[0].nodes for stage in booster._predictors]
    width = max(len(nodes) for nodes in trees)
    part: dict[str, Any] = {
        "kind": "trees", "features": list(STORY_FEATURES),
        "baseline": round(float(np.ravel(booster._baseline_prediction)[0]), 6),
        "depth": int(max(nodes["depth"].max() for nodes in trees)),
        "feature": [], "threshold": [], "left": [], "right": [], "value": [],
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
