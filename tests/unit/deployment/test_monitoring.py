"""Alerts and scrape configuration: valid, tested, documented, and about metrics that exist."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from pipeline.settings import Settings
from tests.unit.deployment.names import PROMETHEUS, ROOT, existing_series, family, promtool, series_read

ALERTS: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"][0]["rules"]
JOBS: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
EXPRESSIONS = [(rule["alert"], rule["expr"]) for rule in ALERTS]
OF_ALL_EDITIONS = {"GroundswellRedisMemory", "GroundswellServiceDown", "GroundswellKafkaUnderReplicated"}
"""About services that editions share."""
OF_EACH_PROCESS = {"GroundswellNotReady", "GroundswellWebhooksFailing"}
"""Which has the label already."""


def test_prometheus_accepts_its_configuration_and_the_rules() -> None:
    promtool("check", "config", "prometheus.yml")


def test_alerts_fire_on_their_symptoms_and_not_beside_them() -> None:
    promtool("test", "rules", "alerts.test.yml")


def test_every_alert_has_a_test_that_makes_it_fire() -> None:
    tests = yaml.safe_load((PROMETHEUS / "alerts.test.yml").read_text())["tests"]
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
    assert {rule["alert"] for rule in ALERTS} == fired


@pytest.mark.parametrize(("place", "expression"), EXPRESSIONS)
def test_expressions_parse_and_read_only_metrics_that_exist(place: str, expression: str) -> None:
    read = series_read(expression)
    assert read, f"{place} reads nothing"
    assert read <= existing_series(), f"{place}: {read - existing_series()} exist nowhere"


def test_every_alert_has_a_severity_a_summary_and_a_section_in_the_runbook() -> None:
    document = ROOT / "docs" / "operations.md"
    anchors = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"(?m)^#+ (.+)$", document.read_text())
    }
    for rule in ALERTS:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        path, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert ROOT / path == document
        assert anchor == rule["alert"].lower()
        assert anchor in anchors, f"{rule['alert']} has no section in docs/operations.md"


def test_the_metrics_tables_of_the_documentation_are_complete() -> None:
    pages = [ROOT / "docs" / name for name in ("operations.md", "producers.md")]
    named = {name for page in pages for name in re.findall(r"`(groundswell_\w+)[`{]", page.read_text())}
    existing = {name for name in existing_series() if name.startswith("groundswell_")}
    families = {family(name) for name in existing}
    assert not sorted(families - named)
    assert not sorted(named - families - existing)


def test_prometheus_scrapes_each_role_where_the_settings_put_it() -> None:
    scraped = {job["job_name"]: job["dns_sd_configs"][0]["port"] for job in JOBS}
    settings = Settings.model_construct()
    assert scraped == {
        "clusterer": settings.metrics.clusterer_port,
        "publisher": settings.metrics.publisher_port,
        "feeds": settings.metrics.feeds_port,
        "board": settings.board.port,
        "http": settings.http.port,
        "webhooks": settings.metrics.webhooks_port,
        "router": settings.metrics.router_port,
        "redis": 9121,
        "kafka": 9308,
    }


def test_what_is_scraped_of_a_role_has_the_edition_and_what_editions_share_has_none() -> None:
    label = [{"target_label": "edition", "replacement": Settings.model_construct().redis.edition}]
    for job in JOBS:
        assert job.get("relabel_configs") == (None if job["job_name"] in ("redis", "kafka") else label)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_alerts_tell_editions_apart(rule: dict[str, Any]) -> None:
    told_apart = re.findall(r"by \(edition[,)]", rule["expr"])
    sums = re.findall(r"\b(?:sum|max|min|count|group)\b", rule["expr"])
    if rule["alert"] in OF_ALL_EDITIONS | OF_EACH_PROCESS:
        assert not told_apart
    else:
        assert told_apart
        assert len(told_apart) == len(sums), "one of its sums adds editions up"
