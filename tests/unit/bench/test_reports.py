"""What a part of the bench reports follows from what was measured."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, fields
from typing import get_args, get_type_hints

import numpy as np
import pytest

from pipeline.domain.clustering import load_model
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.quality.bench.encode import EncodeReport
from pipeline.quality.bench.index import IndexReport
from pipeline.quality.bench.machine import this_machine
from pipeline.quality.bench.made_vectors import MadeStream
from pipeline.quality.bench.peers.comparison import PeersReport
from pipeline.quality.bench.recall import measure_recall
from pipeline.quality.bench.statistics import mean_share
from pipeline.runtime.bench.latency import LatencyReport
from pipeline.runtime.bench.readings import Readings
from pipeline.runtime.bench.scale import ScaleReport
from pipeline.runtime.bench.through import Passage, PipelineReport
from pipeline.runtime.cli.bench_columns import columns_of
from pipeline.runtime.cli.bench_tables import print_tables, show


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
    assert machine.cores >= 1
    assert 0.1 < machine.memory_gb < 100_000
    assert machine.versions == {"numpy": np.__version__}


def test_the_threads_that_are_told_are_those_that_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    every = len(os.sched_getaffinity(0))
    assert this_machine(3).threads == {"encoder": 3, "OPENBLAS_NUM_THREADS": 1, "OMP_NUM_THREADS": every}
    assert this_machine(0).threads["encoder"] == os.cpu_count()
    assert "encoder" not in this_machine().threads


def test_where_exact_search_finds_no_right_story_its_share_is_unknown(recwarn: pytest.WarningsRecorder) -> None:
    assert mean_share([]) is None
    assert mean_share([True, False]) == 0.5
    assert list(recwarn) == []


def test_what_is_no_number_is_not_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="JSON"):
        show("index", Report(float("nan"), []), as_json=True)
    assert capsys.readouterr().out == ""


def test_the_wait_that_the_settings_ask_for_is_not_the_pipelines_time() -> None:
    kept_up = Passage(committed_s=10.0, published_s=11.2, readings=Readings(), spent={})
    assert kept_up.seconds(wait_s=1.5) == 10.0


def test_a_publisher_that_falls_behind_is() -> None:
    behind = Passage(committed_s=10.0, published_s=16.5, readings=Readings(), spent={})
    assert behind.seconds(wait_s=1.5) == 15.0


def test_the_recall_of_the_index_counts_what_exact_search_finds() -> None:
    recall = measure_recall(MadeStream(load_model(MULTILINGUAL).means, 100), 300, 40)
    assert recall.of_exact >= 0.99
    assert recall.of_right is not None
    assert recall.of_right >= 0.995


def test_a_report_is_one_object_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show("index", Report(0.5, [Row("a", {"p50": 1.0})]), as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"part": "index", "share": 0.5, "rows": [{"name": "a", "spread": {"p50": 1.0}}]}


def test_a_table_has_a_row_for_each_and_says_where_nothing_was_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [{"name": "a", "ms_per_article": None}, {"name": "b", "ms_per_article": 1_234.5}]
    print_tables({"rows": rows}, {"rows": {"ms_per_article": "By the clock."}})
    out = capsys.readouterr().out
    assert "ms per article" in out
    assert "-" in out
    assert "1,234.5" in out
    assert "ms per article: By the clock." in out


@pytest.mark.parametrize("report", [EncodeReport, IndexReport, LatencyReport, PeersReport, ScaleReport])
def test_every_column_is_explained_below_its_table(report: type) -> None:
    for name, said in columns_of(report).items():
        if not name:
            continue
        (row,) = get_args(get_type_hints(report)[name])
        within = {each.partition(" ")[0] for each in said}
        assert {each.name for each in fields(row)} == within
    assert len(columns_of(report)) > 1


def test_figures_that_stand_in_no_table_are_explained_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_tables({"cpu_ratio": 0.67}, columns_of(PipelineReport))
    ratio, said = capsys.readouterr().out.splitlines()
    assert ratio == "cpu ratio: 0.67"
    assert "where the encoder alone fills all cores" in said


def test_a_figure_within_a_figure_is_explained_as_its_column_is_called() -> None:
    said = columns_of(IndexReport)["rows"]
    assert said["recall of_exact"] == "Share of the nearest stories by exact search that the index gives."
