"""`groundswell bench`, each part at its smallest: it runs to its end and reports what it is asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.command_line import groundswell

pytestmark = pytest.mark.timeout(280)


def report(part: str, *options: str) -> dict[str, Any]:
    """What it prints: one object on one line, that names the machine and the versions."""
    done = groundswell("bench", part, "--json", *options)
    assert done.returncode == 0, done.stderr[-3000:]
    (line,) = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    assert found["part"] == part
    assert found["machine"]["processor"]
    assert found["machine"]["versions"]["numpy" if part != "encode" else "torch"]
    return found


@pytest.mark.long
def test_index_has_a_row_for_each_number_of_stories() -> None:
    rows = report("index", "--stories", "300", "--stories", "100", "--articles", "64")["rows"]
    assert [row["live_stories"] for row in rows] == [pytest.approx(100, rel=0.1), pytest.approx(300, rel=0.1)]
    assert all(row["ms_per_article"] > 0 and row["memory_mb"] > 0 for row in rows)
    assert all(row["recall"]["of_right"] >= 0.995 for row in rows)


def test_scale_has_a_row_for_each_number_of_clusterers() -> None:
    (row,) = report("scale", "--clusterers", "1", "--articles", "20", "--encoder-ms", "1")["rows"]
    assert (row["clusterers"], row["articles"], row["ratio"]) == (1, 20, 1.0)
    assert row["articles_per_s"] > 0
    assert row["stale"] == 0.0


@pytest.mark.long
def test_encode_compares_all_backends() -> None:
    rows = report("encode", "--texts", "8", "--rounds", "1")["rows"]
    assert {row["backend"] for row in rows} == {"torch float32", "torch bfloat16", "openvino int8"}
    assert all(row["correlation"] > 0.9 for row in rows)


@pytest.mark.long
def test_pipeline_tells_its_ratio_to_the_encoder_and_where_the_time_goes() -> None:
    found = report("pipeline", "--articles", "20", "--rounds", "1")
    assert found["ratio"] > 0
    assert found["articles_per_s"] > 0
    assert found["encoder_articles_per_s"] > 0
    assert found["stages"]["encode"] > 0
    assert found["cpu_ms_per_article"].keys() == {"producer", "broker", "clusterer", "redis", "publisher"}
    assert 0 < found["cpu_ratio"] < 1


@pytest.mark.long
def test_latency_sees_every_article_at_each_load_and_in_the_burst() -> None:
    options = ("--capacity-articles", "20", "--seconds", "1", "--encoder-ms", "5")
    rows = report("latency", *options)["rows"]
    assert [row["load"] for row in rows] == ["25%", "50%", "75%", "burst"]
    assert all(row["missing"] == 0 and row["seconds"]["p99"] > 0 for row in rows)


@pytest.mark.long
def test_peers_are_told_with_their_speed_beside_ours() -> None:
    rows = {row["method"]: row for row in report("peers", "--rounds", "1")["rows"]}
    assert rows["Groundswell"]["ours_over_theirs"] == 1.0
    assert 0 < rows["nearest centroid, dense"]["macro"] <= 1
    assert rows["nearest centroid, dense"]["articles_per_s"] > 0
    assert all(row["cpu_ms_per_article"] > 0 for row in rows.values() if row["articles_per_s"])
