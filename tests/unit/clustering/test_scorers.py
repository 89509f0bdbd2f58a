"""The numpy evaluator against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.domain.clustering.scorers import ArtifactError, read_scorer


def test_a_linear_scorer_is_a_weighted_sum() -> None:
    part = {"kind": "linear", "features": ["a", "b"], "weights": [2.0, -1.0], "intercept": 0.5}
    scorer = read_scorer(part, ("a", "b"))
    assert scorer.logit(np.array([[1.0, 3.0]], dtype=np.float32)).tolist() == [-0.5]


def test_trees_descend_to_their_leaves() -> None:
    part = {
        "kind": "trees",
        "features": ["a"],
        "baseline": 1.0,
        "depth": 1,
        "feature": [[0, 0, 0]],
        "threshold": [[0.5, 0.0, 0.0]],
        "left": [[1, 1, 2]],
        "right": [[2, 1, 2]],
        "value": [[0.0, -2.0, 3.0]],
    }
    scorer = read_scorer(part, ("a",))
    assert scorer.logit(np.array([[0.2], [0.9]], dtype=np.float32)).tolist() == [-1.0, 4.0]


def test_a_mean_scorer_gives_the_mean_of_its_parts() -> None:
    parts = [{"kind": "linear", "features": ["a"], "weights": [weight], "intercept": 0.0} for weight in (1.0, 3.0)]
    scorer = read_scorer({"kind": "mean", "parts": parts}, ("a",))
    assert scorer.logit(np.array([[1.0], [2.0]], dtype=np.float32)).tolist() == [2.0, 4.0]


def test_a_scorer_for_other_features_is_refused() -> None:
    with pytest.raises(ArtifactError, match="trained on"):
        read_scorer({"kind": "linear", "features": ["a"], "weights": [1.0], "intercept": 0.0}, ("b",))
