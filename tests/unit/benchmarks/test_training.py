"""Fitting the join model to made-up examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from benchmarks.train.artifact import Thresholds, write_artifact
from benchmarks.train.fitting import SIGNS, Table, fit, tabulate
from benchmarks.train.simulation import Example
from pipeline.domain.clustering import load_model
from pipeline.domain.clustering.model import ARTIFACT
from pipeline.domain.clustering.scorers import read_scorer
from pipeline.domain.clustering.story_features import STORY_FEATURES

DENSE = STORY_FEATURES.index("dense_max")


@pytest.fixture(scope="module")
def table() -> Table:
    """Right candidates are the similar ones; the truth contradicts every sign but that of `dense_max`."""
    random = np.random.default_rng(0)
    rows = random.uniform(0.0, 1.0, (4_000, len(STORY_FEATURES))).astype(np.float32)
    right = (rows[:, DENSE] > 0.5).astype(np.float64)
    for column, name in enumerate(STORY_FEATURES):
        if column != DENSE:
            rows[:, column] -= np.float32(0.3) * SIGNS.get(name, 1) * right.astype(np.float32)
    sets = np.repeat(["one", "other"], 2_000)
    return Table(rows, right, np.ones(len(rows)), sets, np.zeros(len(rows), dtype=np.int64))


def test_the_fitted_scorer_tells_right_candidates_from_wrong_ones(table: Table) -> None:
    logits = read_scorer(fit(table), STORY_FEATURES).logit(table.rows)
    assert ((logits > 0) == (table.right > 0.5)).mean() > 0.95


def test_more_likeness_never_makes_a_join_less_likely_even_if_the_examples_say_so(table: Table) -> None:
    scorer = read_scorer(fit(table), STORY_FEATURES)
    for column, name in enumerate(STORY_FEATURES):
        more = table.rows[:500].copy()
        more[:, column] += np.float32(0.2)
        change = (scorer.logit(more) - scorer.logit(table.rows[:500])) * SIGNS.get(name, 1)
        assert change.min() >= -1e-9, name


def test_fitting_twice_gives_the_same_numbers(table: Table) -> None:
    assert fit(table) == fit(table)


def test_a_set_left_out_leaves_no_row(table: Table) -> None:
    rest = table.without("one")
    assert set(rest.sets.tolist()) == {"other"}
    assert len(rest.rows) == len(rest.right) == len(rest.weights) == 2_000


def test_a_large_set_weighs_more_than_a_small_one_but_not_by_its_size() -> None:
    def examples(count: int) -> list[Example]:
        return [Example("event", np.zeros((2, len(STORY_FEATURES)), dtype=np.float32), np.zeros(2))] * count

    table = tabulate([("small", 1.0, examples(100)), ("large", 1.0, examples(900))])
    small, large = (float(table.weights[table.sets == each].sum()) for each in ("small", "large"))
    assert large / small == pytest.approx(3.0)


def test_a_written_artifact_reads_back_as_the_model_that_was_fitted(table: Table, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    document = orjson.loads(ARTIFACT.read_bytes())
    path.write_bytes(orjson.dumps({**document, "encoders": {}}))
    part = fit(table)
    write_artifact(path, "some/encoder", part, {"*": np.ones(3, dtype=np.float32)}, Thresholds(), ["one"], {})
    model = load_model("some/encoder", path)
    expected = read_scorer(part, STORY_FEATURES).logit(table.rows[:50])
    assert model.join.logit(table.rows[:50]).tolist() == expected.tolist()
    assert model.join_threshold == Thresholds().join
