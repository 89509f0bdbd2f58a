"""What a part of the bench reports follows from what was measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.domain.clustering import load_model
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.quality.bench.encode import EXACT, compared
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.quality.bench.machine import this_machine
from pipeline.quality.bench.made_vectors import MadeStream
from pipeline.quality.bench.recall import measure_recall
from pipeline.quality.bench.texts import made_texts
from pipeline.runtime.bench.readings import Readings
from pipeline.runtime.bench.through import Passage
from pipeline.runtime.cli.bench_tables import print_tables, show


class NoisyEncoder(HashingEncoder):
    """As a coarser form of the same weights."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        noise = np.random.default_rng(0).standard_normal((len(texts), self.dims)).astype(np.float32)
        return super().encode(texts) + np.float32(0.01) * noise


@dataclass(frozen=True)
class Row:
    name: str
    spread: dict[str, float] | None


@dataclass(frozen=True)
class Report:
    share: float
    rows: list[Row]


def test_the_machine_is_told_with_its_versions_and_without_what_is_not_installed() -> None:
    machine = this_machine(3, ("numpy", "no-such-package"))
    assert machine.threads == 3
    assert machine.cores >= 1
    assert machine.versions == {"numpy": np.__version__}


def test_backends_are_compared_on_the_same_texts() -> None:
    rows = compared("short", {EXACT: HashingEncoder(), "noisy": NoisyEncoder()}, made_texts(20, 2), 2, 8)
    exact, noisy = rows
    assert (exact.ratio, exact.correlation, exact.largest_difference) == (1.0, 1.0, 0.0)
    assert 0.5 < noisy.correlation < 1.0
    assert noisy.largest_difference > 0.0


def test_the_wait_that_the_settings_ask_for_is_not_the_pipelines_time() -> None:
    kept_up = Passage(committed_s=10.0, published_s=11.2, readings=Readings(), spent={})
    assert kept_up.seconds(wait_s=1.5) == 10.0


def test_a_publisher_that_falls_behind_is() -> None:
    behind = Passage(committed_s=10.0, published_s=16.5, readings=Readings(), spent={})
    assert behind.seconds(wait_s=1.5) == 15.0


def test_the_recall_of_the_index_counts_what_exact_search_finds() -> None:
    recall = measure_recall(MadeStream(load_model(MULTILINGUAL).means, 100), 300, 40)
    assert recall.of_exact >= 0.99
    assert recall.of_right >= 0.995


def test_a_report_is_one_object_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show("index", Report(0.5, [Row("a", {"p50": 1.0})]), as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"part": "index", "share": 0.5, "rows": [{"name": "a", "spread": {"p50": 1.0}}]}


def test_a_table_has_a_row_for_each_and_says_where_nothing_was_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_tables({"rows": [{"name": "a", "ms_per_article": None}, {"name": "b", "ms_per_article": 1_234.5}]})
    out = capsys.readouterr().out
    assert "ms per article" in out
    assert "-" in out
    assert "1,234.5" in out
