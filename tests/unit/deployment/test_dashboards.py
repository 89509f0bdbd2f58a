"""Grafana's dashboards: one for each role, about metrics that exist, by edition."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.deployment.names import (
    ROOT,
    existing_series,
    family,
    promtool,
    series_read,
    without_variables,
)

GRAFANA = ROOT / "configs" / "grafana"
DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))
}
SHARED = {"groundswell-services"}
"""About what editions share."""
each_dashboard = pytest.mark.parametrize("name", DASHBOARDS)


def targets(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [target for panel in dashboard["panels"] for target in panel.get("targets", ())]


def expressions() -> Iterator[tuple[str, str]]:
    """Every expression, with the dashboard and the panel where it stands."""
    for name, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                yield f"{name}: {panel['title']}", target["expr"]
        for note in dashboard["annotations"]["list"]:
            yield f"{name}: {note['name']}", note["expr"]


def test_each_role_and_the_services_have_a_dashboard_of_their_own() -> None:
    roles = {
        f"groundswell-{each}" for each in ("clusterer", "publisher", "producers", "board", "webhooks", "services")
    }
    assert set(DASHBOARDS) == {"groundswell"} | roles
    assert {name: each["uid"] for name, each in DASHBOARDS.items()} == {name: name for name in DASHBOARDS}


def test_expressions_read_only_metrics_that_exist() -> None:
    existing = existing_series()
    for place, expression in expressions():
        read = series_read(expression)
        assert read, f"{place} reads nothing"
        assert read <= existing, f"{place}: {read - existing} exist nowhere"


def test_each_metric_of_a_role_is_on_a_dashboard() -> None:
    """But for those that only say in other words what another one says."""
    shown = set().union(*(series_read(expression) for _, expression in expressions()))
    ours = {name for name in existing_series() if name.startswith("groundswell_")}
    missing = {family(name) for name in ours} - {family(name) for name in shown}
    assert missing == {
        "groundswell_articles_in_total",  # what is committed, by outcome
        "groundswell_last_commit_timestamp_seconds",  # the rate of commits
        "groundswell_last_input_loss_timestamp_seconds",  # the losses, counted
        "groundswell_board_last_record_timestamp_seconds",  # the rate of records
    }


def test_prometheus_itself_reads_each_expression(tmp_path: Path) -> None:
    rules = [
        {"record": f"read:{at}", "expr": without_variables(expression)}
        for at, (_, expression) in enumerate(expressions())
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    promtool("check", "rules", file)


@each_dashboard
def test_the_reader_chooses_the_edition_for_all_panels(name: str) -> None:
    dashboard = DASHBOARDS[name]
    variables = [variable["name"] for variable in dashboard["templating"]["list"]]
    assert variables == ([] if name in SHARED else ["edition"])
    for target in targets(dashboard):
        selectors = len(re.findall(r"\b(?:groundswell_\w+|process_\w+|up\{)", target["expr"]))
        assert target["expr"].count('edition=~"$edition"') == (0 if name in SHARED else selectors), target["expr"]


@each_dashboard
def test_panels_have_ids_of_their_own_say_what_they_show_and_do_not_overlap(name: str) -> None:
    panels = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(at["x"] + i, at["y"] + j) for i in range(at["w"]) for j in range(at["h"])}
        assert not cells & taken, f"{panel['title']} lies on another panel"
        assert at["x"] + at["w"] <= 24
        assert panel["type"] == "row" or panel["description"]
        taken |= cells


@each_dashboard
def test_the_dashboard_uses_the_data_source_that_is_provisioned(name: str) -> None:
    provisioned = _yaml(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"][0]["uid"]
    assert {target["datasource"]["uid"] for target in targets(DASHBOARDS[name])} == {provisioned}


def test_grafana_looks_for_dashboards_where_compose_mounts_them() -> None:
    [provider] = _yaml(GRAFANA / "provisioning" / "dashboards" / "groundswell.yml")["providers"]
    grafana = _yaml(ROOT / "docker-compose.yml")["services"]["grafana"]
    mounts = {mount.split(":")[1]: mount.split(":")[0] for mount in grafana["volumes"]}
    folder = provider["options"]["path"]
    assert (ROOT / mounts[folder] / "groundswell.json").is_file()
    assert grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == f"{folder}/groundswell.json"


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())
