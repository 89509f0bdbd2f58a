"""Alerts, scrape configuration and dashboard: valid, tested, documented, and about metrics that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.settings import Settings
from tests.unit.deployment.names import ROOT, existing_series, series_read

PROMETHEUS = ROOT / "configs" / "prometheus"
GRAFANA = ROOT / "configs" / "grafana"
ALERTS: list[dict[str, Any]] = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "groundswell.json").read_text())


def _expressions() -> Iterator[tuple[str, str]]:
    """Every expression of the alerts and the dashboard, with the place where it stands."""
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for note in DASHBOARD["annotations"]["list"]:
        yield note["name"], note["expr"]


def _promtool(*arguments: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    done = subprocess.run([promtool, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_its_configuration_and_the_rules() -> None:
    _promtool("check", "config", "prometheus.yml")


def test_alerts_fire_on_their_symptoms_and_not_beside_them() -> None:
    _promtool("test", "rules", "alerts.test.yml")


def test_every_alert_has_a_test_that_makes_it_fire() -> None:
    tests = yaml.safe_load((PROMETHEUS / "alerts.test.yml").read_text())["tests"]
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
    assert {rule["alert"] for rule in ALERTS} == fired


@pytest.mark.parametrize(("place", "expression"), list(_expressions()))
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


def test_the_metrics_table_of_the_operations_guide_is_complete() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in existing_series()}
    missing = sorted(name for name in families if name.startswith("groundswell_") and f"`{name}`" not in text)
    assert not missing
    named = set(re.findall(r"`(groundswell_\w+)`", text))
    assert not sorted(name for name in named if name not in families and name not in existing_series())


def test_prometheus_scrapes_each_role_where_the_settings_put_it() -> None:
    scraped = {
        job["job_name"]: job["dns_sd_configs"][0]["port"]
        for job in yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    }
    settings = Settings.model_construct()
    assert scraped == {
        "clusterer": settings.metrics.clusterer_port,
        "publisher": settings.metrics.publisher_port,
        "feeds": settings.metrics.feeds_port,
        "board": settings.board.port,
        "http": settings.http.port,
        "redis": 9121,
    }


def test_panels_have_ids_of_their_own_a_description_where_they_judge_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + i, at["y"] + j) for i in range(at["w"]) for j in range(at["h"])}
        assert not cells & taken, f"{panel['title']} lies on another panel"
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_the_dashboard_uses_the_data_source_that_is_provisioned() -> None:
    provisioned = _yaml(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"][0]["uid"]
    used = {target["datasource"]["uid"] for panel in DASHBOARD["panels"] for target in panel.get("targets", ())}
    assert used == {provisioned}


def test_grafana_looks_for_dashboards_where_compose_mounts_them() -> None:
    [provider] = _yaml(GRAFANA / "provisioning" / "dashboards" / "groundswell.yml")["providers"]
    grafana = _yaml(ROOT / "docker-compose.yml")["services"]["grafana"]
    mounts = {mount.split(":")[1]: mount.split(":")[0] for mount in grafana["volumes"]}
    folder = provider["options"]["path"]
    assert (ROOT / mounts[folder] / "groundswell.json").is_file()
    assert grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == f"{folder}/groundswell.json"


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())
