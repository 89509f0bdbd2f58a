"""The numpy evaluator against scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.domain.clustering.model import read_term_shares
from pipeline.domain.clustering.scorers import ArtifactError, read_scorer
from pipeline.domain.clustering.story_features import STORY_FEATURES
from pipeline.domain.clustering.types import TERM_BUCKETS
from tests.unit.clustering.helpers import MODEL


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


def _trees(**changed: Any) -> dict[str, Any]:
    """Two trees on two features: one of two splits, one of a single leaf."""
    return {
        "kind": "trees", "features": ["a", "b"], "baseline": 0.0,
        "feature": [[0, 1, 0, 0, 0], [0, 0, 0, 0, 0]],
        "threshold": [[0.1, 2.0, 0.0, 0.0, 0.0], [0.0] * 5],
        "left": [[1, 3, 2, 3, 4], [0, 1, 2, 3, 4]],
        "right": [[2, 4, 2, 3, 4], [0, 1, 2, 3, 4]],
        "value": [[0.0, 0.0, 1.0, 2.0, 4.0], [8.0] * 5],
    } | changed  # fmt: skip


def test_trees_of_different_numbers_of_splits_stand_side_by_side() -> None:
    rows = np.array([[0.0, 1.0], [0.0, 3.0], [0.2, 1.0]], dtype=np.float32)
    assert read_scorer(_trees(), ("a", "b")).logit(rows).tolist() == [10.0, 12.0, 9.0]


def test_a_threshold_between_two_float32_parts_them_as_its_exact_value_does() -> None:
    above = np.nextafter(np.float32(0.1), np.float32(0.0)), np.float32(0.1)  # 0.1 lies between these
    assert above[0] < 0.1 < float(above[1])
    rows = np.array([[each, 1.0] for each in above], dtype=np.float32)
    assert read_scorer(_trees(), ("a", "b")).logit(rows).tolist() == [10.0, 9.0]


def test_a_row_has_the_same_logit_alone_and_among_others() -> None:
    rows = np.random.default_rng(0).normal(0.5, 0.5, (50, len(STORY_FEATURES))).astype(np.float32)
    alone = [float(MODEL.join.logit(row[None, :])[0]) for row in rows]
    assert MODEL.join.logit(rows).tolist() == alone


def test_trees_of_too_many_splits_are_refused() -> None:
    chain = [[*range(1, 10), 9, *range(10, 19)]]
    with pytest.raises(ArtifactError, match="9 splits"):
        read_scorer(_trees(left=chain, right=chain, value=[[0.0] * 19]), ("a", "b"))


def test_a_mean_scorer_gives_the_mean_of_its_parts() -> None:
    parts = [{"kind": "linear", "features": ["a"], "weights": [weight], "intercept": 0.0} for weight in (1.0, 3.0)]
    scorer = read_scorer({"kind": "mean", "parts": parts}, ("a",))
    assert scorer.logit(np.array([[1.0], [2.0]], dtype=np.float32)).tolist() == [2.0, 4.0]


def test_a_scorer_for_other_features_is_refused() -> None:
    with pytest.raises(ArtifactError, match="trained on"):
        read_scorer({"kind": "linear", "features": ["a"], "weights": [1.0], "intercept": 0.0}, ("b",))


def test_what_is_known_of_words_in_general_stands_under_their_buckets(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text('{"term_shares": {"5": 0.25, "7": 0.5}}')
    shares = read_term_shares(path)
    assert shares.shape == (TERM_BUCKETS,)
    assert shares.dtype == np.float32
    assert {int(each): float(shares[each]) for each in np.flatnonzero(shares)} == {5: 0.25, 7: 0.5}
