"""`python -m benchmarks.dashboards`: writes Grafana's dashboards from `configs/grafana/panels.yml`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

GRAFANA = Path(__file__).parents[1] / "configs" / "grafana"
SOURCE = {"type": "prometheus", "uid": "prometheus"}
"""As configs/grafana/provisioning names it."""
SCREEN = 24
"""Grafana's grid: so many cells from left to right."""


@dataclass(frozen=True)
class Size:
    """Of a panel, in cells."""

    width: int
    height: int


STAT, GRAPH = Size(4, 4), Size(8, 8)


def dashboards() -> dict[str, str]:
    """Name of each file, and what it holds."""
    described: dict[str, dict[str, Any]] = yaml.safe_load((GRAFANA / "panels.yml").read_text("utf-8"))
    return {f"{uid}.json": json.dumps(_dashboard(uid, each), indent=1) + "\n" for uid, each in described.items()}


def _dashboard(uid: str, described: dict[str, Any]) -> dict[str, Any]:
    """Other dashboards are one click away: they share a tag, and links carry the edition along."""
    return {
        "uid": uid,
        "title": described["title"],
        "description": f"{described['says']}. Runbook: docs/operations.md".replace("?.", "?"),
        "tags": ["groundswell"],
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "refresh": "15s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "utc",
        "links": [
            {"type": "dashboards", "title": "Groundswell", "tags": ["groundswell"], "asDropdown": False,
             "includeVars": True, "keepTime": True}
        ],
        "templating": {"list": [] if described.get("shared") else [_edition()]},
        "annotations": {"list": [_alerts(described.get("shared", False))]},
        "panels": list(_panels(described["rows"])),
    }  # fmt: skip


def _edition() -> dict[str, Any]:
    """The reader's choice; "all" also takes series without the label."""
    query = "label_values(groundswell_build_info, edition)"
    return {
        "name": "edition",
        "label": "Edition",
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": "edition"},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _alerts(shared: bool) -> dict[str, Any]:
    chosen = "" if shared else ', edition=~"$edition"'
    return {
        "name": "Alerts",
        "type": "dashboard",
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": "red",
        "expr": f'ALERTS{{alertname=~"Groundswell.+", alertstate="firing"{chosen}}}',
        "titleFormat": "{{alertname}} {{edition}}",
    }


def _panels(rows: dict[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Rows one below the other; in a row panels flow from left to right, and go on below."""
    number, y = 0, 0
    for title, described in rows.items():
        number += 1
        yield {
            "id": number,
            "type": "row",
            "title": title,
            "collapsed": False,
            "gridPos": {"x": 0, "y": y, "w": SCREEN, "h": 1},
            "panels": [],
        }
        x, y, lowest = 0, y + 1, y + 1
        for each in described:
            size = STAT if each.get("stat") else GRAPH
            if x + size.width > SCREEN:
                x, y = 0, lowest
            number += 1
            yield _panel(number, each) | {"gridPos": {"x": x, "y": y, "w": size.width, "h": size.height}}
            x, lowest = x + size.width, max(lowest, y + size.height)
        y = lowest


def _panel(number: int, described: dict[str, Any]) -> dict[str, Any]:
    lines: dict[str, str] = described["lines"]
    return {
        "id": number,
        "type": "stat" if described.get("stat") else "timeseries",
        "title": described["title"],
        "description": described["says"],
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": described.get("unit", "short"), "min": 0} | _look(described)},
        "targets": [
            {"refId": chr(ord("A") + at), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
            for at, (legend, expression) in enumerate(lines.items())
        ],
        "options": _options(described),
    }


def _look(described: dict[str, Any]) -> dict[str, Any]:
    if described.get("stat"):
        steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
        if "red" in described:
            steps.append({"color": "red", "value": described["red"]})
        return {"thresholds": {"mode": "absolute", "steps": steps}}
    if described.get("stacked"):
        return {"custom": {"stacking": {"mode": "normal"}, "fillOpacity": 30}}
    return {"custom": {"fillOpacity": 5}}


def _options(described: dict[str, Any]) -> dict[str, Any]:
    if described.get("stat"):
        return {"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "area", "colorMode": "value"}
    return {
        "legend": {"displayMode": "list", "placement": "bottom"},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


if __name__ == "__main__":
    for name, text in dashboards().items():
        (GRAFANA / "dashboards" / name).write_text(text, "utf-8")
