"""What the bench reads at the /metrics of a role."""

from __future__ import annotations

import pytest
from prometheus_client import generate_latest

from consumers.clusterer.clusterer_metrics import BatchStage, ClustererMetrics, Refusal
from pipeline.runtime.bench.readings import BATCH_SECONDS, REFUSED, Readings, parsed, stage_shares, stale_share


def of(metrics: ClustererMetrics) -> Readings:
    return parsed(generate_latest(metrics.registry).decode())


def test_the_shares_of_the_stages_are_of_the_time_between_two_looks() -> None:
    metrics = ClustererMetrics()
    metrics.batch_seconds.labels(BatchStage.ENCODE).observe(100.0)
    before = of(metrics)
    metrics.batch_seconds.labels(BatchStage.ENCODE).observe(6.0)
    metrics.batch_seconds.labels(BatchStage.COMMIT).observe(1.0)
    shares = stage_shares(of(metrics) - before, 10.0)
    assert (shares["encode"], shares["commit"], shares["poll"]) == pytest.approx((0.6, 0.1, 0.0))


def test_a_round_is_stale_where_its_commit_was_refused_for_it() -> None:
    metrics = ClustererMetrics()
    for _ in range(4):
        metrics.batch_seconds.labels(BatchStage.COMMIT).observe(0.1)
    metrics.refused(Refusal.STALE)
    metrics.refused(Refusal.FENCED)
    assert stale_share(of(metrics)) == 0.25


def test_nothing_is_stale_where_nothing_was_committed() -> None:
    assert stale_share(of(ClustererMetrics())) == 0.0


def test_readings_of_several_roles_add_up() -> None:
    metrics = ClustererMetrics()
    metrics.refused(Refusal.STALE)
    both = of(metrics) + of(metrics)
    assert both.by(REFUSED, "reason")["stale"] == 2.0
    assert both.total(REFUSED) == 2.0


def test_the_clusterer_has_the_series_that_are_read() -> None:
    readings = of(ClustererMetrics())
    assert set(readings.by(f"{BATCH_SECONDS}_sum", "stage")) >= {"encode", "decide", "commit"}
    assert "stale" in readings.by(REFUSED, "reason")
