"""The dashboards in the repository are those that their source describes."""

from __future__ import annotations

from benchmarks.dashboards import GRAFANA, dashboards


def test_dashboards_are_those_that_panels_yml_describes() -> None:
    files = {path.name: path.read_text("utf-8") for path in (GRAFANA / "dashboards").iterdir()}
    assert files == dashboards(), "run `make dashboards`"
