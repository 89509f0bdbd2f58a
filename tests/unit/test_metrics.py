"""The metrics: names by Prometheus' practice, every series there from the start, roles apart."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from consumers.clusterer.clusterer_metrics import ArticleOutcome, BatchStage, ClustererMetrics, Refusal
from consumers.publisher.publisher_metrics import PublisherMetrics

BOUNDED_LABELS = {"outcome", "stage", "reason", "le", "version", "role"}


def _value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


@pytest.mark.parametrize("role", [ClustererMetrics, PublisherMetrics])
def test_metrics_are_prefixed_and_labels_bounded(role: type[ClustererMetrics | PublisherMetrics]) -> None:
    for family in role().registry.collect():
        if family.name.startswith(("process_", "python_")):
            continue
        assert family.name.startswith("groundswell_")
        assert family.documentation
        for sample in family.samples:
            assert set(sample.labels) <= BOUNDED_LABELS, sample


@pytest.mark.parametrize("role", [ClustererMetrics, PublisherMetrics])
def test_promtool_finds_nothing_to_improve(role: type[ClustererMetrics | PublisherMetrics]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    text = "".join(
        block
        for block in re.split(r"(?m)(?=^# HELP )", generate_latest(role().registry).decode())
        if "groundswell_" in block
    )
    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert not checked.stderr


def test_a_registry_says_which_role_it_is_of() -> None:
    for role, metrics in (("clusterer", ClustererMetrics()), ("publisher", PublisherMetrics())):
        (info,) = [each for each in metrics.registry.collect() if each.name == "groundswell_build_info"]
        assert [each.labels["role"] for each in info.samples] == [role]


def test_every_label_value_exists_before_its_first_increment() -> None:
    registry = ClustererMetrics().registry
    assert all(_value(registry, "groundswell_articles_total", outcome=each) == 0 for each in ArticleOutcome)
    assert all(_value(registry, "groundswell_batch_seconds_count", stage=each) == 0 for each in BatchStage)
    assert all(_value(registry, "groundswell_commit_refused_total", reason=each) == 0 for each in Refusal)


def test_counters_bring_no_second_series_of_their_creation_time() -> None:
    assert b"_created" not in generate_latest(ClustererMetrics().registry)


def test_committed_counts_each_outcome_and_notes_the_time() -> None:
    metrics = ClustererMetrics()
    metrics.committed([ArticleOutcome.JOINED, ArticleOutcome.JOINED, ArticleOutcome.DEAD_LETTERED])
    assert _value(metrics.registry, "groundswell_articles_total", outcome="joined") == 2
    assert _value(metrics.registry, "groundswell_articles_total", outcome="dead_lettered") == 1
    assert (_value(metrics.registry, "groundswell_last_commit_timestamp_seconds") or 0) > 1_700_000_000


def test_a_step_that_raises_is_timed_too() -> None:
    metrics = ClustererMetrics()
    with pytest.raises(ZeroDivisionError), metrics.stage(BatchStage.COMMIT):
        raise ZeroDivisionError
    assert _value(metrics.registry, "groundswell_batch_seconds_count", stage="commit") == 1


def test_refusals_are_counted_by_reason() -> None:
    metrics = ClustererMetrics()
    metrics.refused(Refusal.FENCED)
    assert _value(metrics.registry, "groundswell_commit_refused_total", reason="fenced") == 1
    assert _value(metrics.registry, "groundswell_commit_refused_total", reason="stale") == 0


def test_published_counts_records_and_notes_the_time() -> None:
    metrics = PublisherMetrics()
    metrics.published(3)
    assert _value(metrics.registry, "groundswell_stories_published_total") == 3
    assert (_value(metrics.registry, "groundswell_last_publish_timestamp_seconds") or 0) > 1_700_000_000


def test_roles_in_one_process_share_no_series() -> None:
    first, second = ClustererMetrics(), ClustererMetrics()
    first.articles_in.inc()
    assert _value(second.registry, "groundswell_articles_in_total") == 0
    assert _value(PublisherMetrics().registry, "groundswell_articles_in_total") is None


def test_records_that_were_taken_are_in_progress_until_they_are_let_go() -> None:
    metrics = ClustererMetrics()
    metrics.taken(64)
    metrics.taken(1)
    assert _value(metrics.registry, "groundswell_articles_in_progress") == 65
    metrics.let_go(1)
    metrics.let_go(64)
    assert _value(metrics.registry, "groundswell_articles_in_progress") == 0
    assert _value(metrics.registry, "groundswell_articles_in_total") == 65


def test_a_round_of_the_publisher_is_timed_and_its_stories_are_in_progress() -> None:
    metrics = PublisherMetrics()
    with metrics.publishing(5):
        assert _value(metrics.registry, "groundswell_stories_in_progress") == 5
    assert _value(metrics.registry, "groundswell_stories_in_progress") == 0
    assert _value(metrics.registry, "groundswell_publish_seconds_count") == 1
