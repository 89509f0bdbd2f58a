"""How `groundswell evaluate` shows its figures: as tables, and as parts of one JSON document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from pipeline.quality.evaluation import Count, ErrorAnalysis, Kind, Report

WIDTH = 150
LATE = ("late_merges_per_1000", "late_splits_per_1000")
SHOWN_PARTS = 6
"""Of an error; the rest are small and counted."""


def figures(report: Report) -> dict[str, Any]:
    """A report as JSON."""
    return {
        **asdict(report.scores),
        "stories_per_event": report.scores.stories_per_event,
        "id_churn_per_1000": report.churn.either,
        "late_merges_per_1000": report.churn.late_merges,
        "late_splits_per_1000": report.churn.late_splits,
        "ms_per_article": asdict(report.ms_per_article),
        "gray": report.gray,
    }


def error_figures(analysis: ErrorAnalysis) -> dict[str, Any]:
    """Faults by kind as JSON: counts of all, and the worst of each kind."""
    return {
        kind: {**_count(count), "worst": [asdict(each) for each in analysis.worst(kind)]}
        for kind, count in analysis.counts.items()
    }


def count_figures(counts: Mapping[Kind, Count]) -> dict[str, Any]:
    """Counts by kind as JSON."""
    return {kind: _count(count) for kind, count in counts.items()}


def total_counts(analyses: Mapping[Path, ErrorAnalysis]) -> dict[Kind, Count]:
    """Counts by kind over all files."""
    from pipeline.quality.evaluation import Count, Kind

    return {kind: sum((each.counts[kind] for each in analyses.values()), Count()) for kind in Kind}


def print_figures(rows: Mapping[str, Mapping[str, Any]], mean: Mapping[str, float]) -> None:
    """One row a file and their mean."""
    table = Table(box=None, header_style="bold")
    table.add_column("file")
    for name in ("articles", "events", "stories", "per event", "P", "R", "B3 F1", "AMI", "ARI", "single",
                 "largest", "merges", "splits", "ms p50", "ms p99"):  # fmt: skip
        table.add_column(name, justify="right")
    for path, row in rows.items():
        table.add_row(
            Path(path).name, *(str(row[name]) for name in ("articles", "events", "stories")),
            f"{row['stories_per_event']:.2f}",
            *(f"{row['b3'][name]:.3f}" for name in ("precision", "recall", "f1")),
            *(f"{row[name]:.3f}" for name in ("ami", "ari", "singleton_ratio", "largest_share")),
            *(f"{row[name]:.1f}" for name in LATE),
            *(f"{row['ms_per_article'][name]:.2f}" for name in ("p50", "p99")),
        )  # fmt: skip
    table.add_row(
        "macro mean", "", "", "", f"{mean['stories_per_event']:.2f}",
        *(f"{mean[name]:.3f}" for name in ("precision", "recall", "f1", "ami", "ari")),
        "", "", *(f"{mean[name]:.1f}" for name in LATE), "", "", style="bold",
    )  # fmt: skip
    table.caption = "merges, splits: articles whose story id changed so after their first hour, per 1,000"
    Console(width=WIDTH).print(table)


def print_errors(analyses: Mapping[Path, ErrorAnalysis]) -> None:
    """The kinds of faults of each file with the worst of each kind, then the kinds of all files together."""
    console = Console(width=WIDTH)
    for path, analysis in analyses.items():
        console.print(_kinds(path.name, analysis.counts))
        _print_worst(console, analysis)
    if len(analyses) > 1:
        console.print(_kinds("all files", total_counts(analyses)))


def _count(count: Count) -> dict[str, int]:
    return {**asdict(count), "wrong_pairs": count.wrong_pairs}


def _kinds(title: str, counts: Mapping[Kind, Count]) -> Table:
    """One row a kind, the most wrong pairs of articles first."""
    table = Table(box=None, header_style="bold", title=Text(title), title_justify="left")
    for name in ("kind", "faults", "apart", "together", "share"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    total = sum(count.wrong_pairs for count in counts.values())
    for kind, count in sorted(counts.items(), key=lambda each: -each[1].wrong_pairs):
        table.add_row(
            _words(kind), str(count.faults), str(count.apart), str(count.together),
            f"{count.wrong_pairs / max(1, total):.0%}",
        )  # fmt: skip
    return table


def _print_worst(console: Console, analysis: ErrorAnalysis) -> None:
    for kind in analysis.counts:
        for error in analysis.worst(kind):
            what = f"event {error.label} in parts" if error.split else f"story {error.label} of several events"
            lines = [f"  {_words(kind)}: {what}, {error.wrong_pairs} wrong pairs"]
            for part in error.parts[:SHOWN_PARTS]:
                lines.append(f"    {part.label} ({part.articles}): " + " | ".join(part.titles))
            if len(error.parts) > SHOWN_PARTS:
                lines.append(f"    and {len(error.parts) - SHOWN_PARTS} more")
            console.print(Text("\n".join(lines)), no_wrap=True, overflow="ellipsis")


def _words(kind: Kind) -> str:
    return kind.replace("_", " ")
