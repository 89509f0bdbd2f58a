"""`groundswell evaluate`: scores the production clustering on labelled files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from pipeline.articles_file import read_labelled
from pipeline.cli.context import start
from pipeline.cli.errors import CommandError
from pipeline.records.article import published_seconds
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.evaluation import LabelledArticle, Report

ERROR = Console(stderr=True)


def evaluate(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(help="Labelled JSON Lines, also gzip.", exists=True, dir_okay=False, readable=True),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
    assignments: Annotated[
        Path | None, typer.Option(help='Write {"id", "story_id"} lines here.', dir_okay=False)
    ] = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="Also print the worst wrongly split and joined events.")
    ] = False,
) -> None:
    """Run the production clustering over labelled files and score its stories against the events."""
    from pipeline.evaluation import macro_mean

    settings = start(context, "evaluate")
    sets = {path: _labelled(path) for path in files}
    reports = _run(sets, settings)
    if assignments is not None:
        _write_assignments(assignments, list(reports.values()))
    rows = {str(path): _figures(report) for path, report in reports.items()}
    mean = macro_mean(list(reports.values()))
    if as_json:
        typer.echo(json.dumps({"encoder": settings.encoder.model, "files": rows, "macro_mean": mean}))
    else:
        _print_table(rows, mean)
    if errors:
        for path, report in reports.items():
            _print_errors(path, sets[path], report)


def _run(sets: Mapping[Path, list[LabelledArticle]], settings: Settings) -> dict[Path, Report]:
    """Evaluate each set with the production clustering, as the settings have it."""
    from consumers.clusterer.service import clustering_settings, open_encoder
    from pipeline.evaluation import evaluate as run

    encoder = open_encoder(settings)
    reports: dict[Path, Report] = {}
    with Progress(console=ERROR) as progress:
        for path, articles in sets.items():
            task = progress.add_task(path.name, total=len(articles))
            reports[path] = run(
                articles,
                encoder,
                clustering_settings(settings),
                batch_size=settings.clusterer.batch_size,
                sweep_every=settings.clusterer.sweep_every,
                progress=lambda done, task=task: progress.update(task, completed=done),  # type: ignore[misc]
            )
            progress.update(task, completed=len(articles))
    return reports


def _labelled(path: Path) -> list[LabelledArticle]:
    """The articles of a file; lines that are none are told and left out, as production would."""
    from consumers.clusterer.intake import outlet_domain
    from pipeline.evaluation import LabelledArticle

    articles = [
        LabelledArticle(
            id=each.id,
            article_id=each.article.article_id,
            title=each.article.title,
            text=each.article.text,
            event=each.event,
            language=each.article.language,
            source=outlet_domain(each.article),
            published_at=published_seconds(each.article.published_at),
        )
        for each in read_labelled(
            path, on_invalid=lambda line, error: ERROR.print(f"{path}:{line.number}: left out: {error}")
        )
    ]
    if not any(article.event for article in articles):
        raise CommandError(f"{path} has no labels: expected an `event` on its lines")
    return articles


def _write_assignments(path: Path, reports: list[Report]) -> None:
    with path.open("w", encoding="utf-8") as out:
        for report in reports:
            for article_id, story_id in report.assignments.items():
                out.write(json.dumps({"id": article_id, "story_id": story_id}, ensure_ascii=False) + "\n")


def _figures(report: Report) -> dict[str, Any]:
    return {
        **asdict(report.scores),
        "id_churn_per_1000": report.id_churn_per_1000,
        "ms_per_article": asdict(report.ms_per_article),
        "gray": report.gray,
    }


def _print_table(rows: dict[str, dict[str, Any]], mean: dict[str, float]) -> None:
    table = Table(box=None, header_style="bold")
    for name in ("file", "articles", "events", "stories", "P", "R", "B3 F1", "AMI", "ARI", "single", "largest",
                 "churn/1000", "ms p50", "ms p99"):  # fmt: skip
        table.add_column(name, justify="left" if name == "file" else "right")
    for path, row in rows.items():
        table.add_row(
            Path(path).name, *(str(row[name]) for name in ("articles", "events", "stories")),
            *(f"{row['b3'][name]:.3f}" for name in ("precision", "recall", "f1")),
            *(f"{row[name]:.3f}" for name in ("ami", "ari", "singleton_ratio", "largest_share")),
            f"{row['id_churn_per_1000']:.1f}",
            f"{row['ms_per_article']['p50']:.2f}", f"{row['ms_per_article']['p99']:.2f}",
        )  # fmt: skip
    table.add_row(
        "macro mean", "", "", "", *(f"{mean[name]:.3f}" for name in ("precision", "recall", "f1", "ami", "ari")),
        "", "", f"{mean['id_churn_per_1000']:.1f}", "", "", style="bold",
    )  # fmt: skip
    Console(width=150).print(table)


def _print_errors(path: Path, articles: list[LabelledArticle], report: Report) -> None:
    from pipeline.evaluation import analyse_errors

    analysis = analyse_errors(articles, report.assignments)
    for heading, found in (
        ("wrongly split", analysis.split_events),
        ("wrongly joined", analysis.joined_events),
    ):
        typer.echo(f"\n{path.name}: {heading}")
        for error in found:
            typer.echo(f"  {error.label}: {error.wrong_pairs} wrong pairs")
            for part in error.parts:
                typer.echo(f"    {part.label} ({part.articles}): " + " | ".join(part.titles))
