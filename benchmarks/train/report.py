"""Figures of a training: a row a set, and their means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from statistics import mean
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.train.simulation import SimulatedRun
from pipeline.quality.evaluation.scores import b_cubed

COLUMNS = {
    "articles": "{:.0f}",
    "precision": "{:.3f}",
    "recall": "{:.3f}",
    "f1": "{:.3f}",
    "stories_per_event": "{:.2f}",
    "late_merges_per_1000": "{:.0f}",
    "late_splits_per_1000": "{:.0f}",
}


def figures(outcome: SimulatedRun, language: str | None = None) -> dict[str, float]:
    """One row. With a language B-cubed is averaged over its articles alone, among all others."""
    counted = [language in (None, each) for each in outcome.languages]
    b3, scores = b_cubed(outcome.events, outcome.stories, counted), outcome.scores
    row = {
        "articles": sum(counted),
        "precision": b3.precision,
        "recall": b3.recall,
        "f1": b3.f1,
        "stories_per_event": scores.stories_per_event,
        "late_merges_per_1000": outcome.churn.late_merges,
        "late_splits_per_1000": outcome.churn.late_splits,
    }
    return {name: round(value, 4) for name, value in row.items()}


def document(
    outcomes: Mapping[str, SimulatedRun], look_alikes: Collection[str], language: str | None = None
) -> dict[str, Any]:
    """All rows, the mean and the worst of look-alikes, and the macro mean: look-alikes count in it as one set."""
    rows = {name: figures(each, language) for name, each in outcomes.items()}
    alike = [row for name, row in rows.items() if name in look_alikes]
    groups = [row for name, row in rows.items() if name not in look_alikes]
    found: dict[str, Any] = {"sets": rows}
    if alike:
        groups.append(_mean(alike))
        found["look_alikes"] = {"mean": groups[-1], "worst_f1": min(row["f1"] for row in alike)}
    found["macro_mean"] = _mean(groups)
    return found


def print_document(title: str, found: Mapping[str, Any]) -> None:
    """The same as a table."""
    table = Table(box=None, header_style="bold", title=title, title_justify="left")
    table.add_column("set")
    for name in COLUMNS:
        table.add_column(name.replace("_per_1000", "").replace("_", " "), justify="right")
    for name, row in found["sets"].items():
        table.add_row(name, *_cells(row))
    if "look_alikes" in found:
        table.add_row("look-alikes", *_cells(found["look_alikes"]["mean"]), style="bold")
        table.caption = f"worst look-alike F1 {found['look_alikes']['worst_f1']:.3f}"
    table.add_row("macro mean", *_cells(found["macro_mean"]), style="bold")
    Console(width=120).print(table)


def _mean(rows: Collection[Mapping[str, float]]) -> dict[str, float]:
    return {name: round(mean(row[name] for row in rows), 4) for name in COLUMNS} if rows else {}


def _cells(row: Mapping[str, float]) -> list[str]:
    return [form.format(row[name]) for name, form in COLUMNS.items() if name in row]
