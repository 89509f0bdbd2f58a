"""`groundswell evaluate`: scores the production clustering on labelled files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from pipeline.runtime.cli.command_errors import CommandError
from pipeline.runtime.cli.context import start
from pipeline.runtime.cli.evaluation_tables import (
    count_figures,
    error_figures,
    figures,
    print_errors,
    print_figures,
    total_counts,
)
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.domain.encoder import Encoder
    from pipeline.quality.evaluation import LabelledArticle, Report

ERROR = Console(stderr=True)


def evaluate(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Labelled JSON Lines or one JSON array, also gzip.", exists=True, dir_okay=False, readable=True
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")] = False,
    assignments: Annotated[
        Path | None, typer.Option(help='Write {"id", "story_id"} lines here.', dir_okay=False)
    ] = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="Also count the faults by kind, and show the worst of each kind.")
    ] = False,
) -> None:
    """Run the production clustering over labelled files and score its stories against the events."""
    from pipeline.quality.evaluation import analyse_errors, macro_mean

    settings = start(context, "evaluate")
    sets = {path: _labelled(path) for path in files}
    if assignments is not None:
        _write_assignments(assignments, [])  # rather told before the work than after it
    encoder = _encoder(settings)
    reports = _run(sets, encoder, settings)
    if assignments is not None:
        _write_assignments(assignments, list(reports.values()))
    rows = {str(path): figures(report) for path, report in reports.items()}
    mean = macro_mean(list(reports.values()))
    analyses = {path: analyse_errors(sets[path], report.assignments) for path, report in reports.items() if errors}
    if not as_json:
        print_figures(rows, mean)
        print_errors(analyses)
        return
    document: dict[str, Any] = {"encoder": encoder.name, "files": rows, "macro_mean": mean}
    if errors:
        for path, analysis in analyses.items():
            rows[str(path)]["errors"] = error_figures(analysis)
        document["errors"] = count_figures(total_counts(analyses))
    typer.echo(json.dumps(document))


def _encoder(settings: Settings) -> Encoder:
    from consumers.clusterer.service import open_encoder

    return open_encoder(settings)


def _run(sets: Mapping[Path, list[LabelledArticle]], encoder: Encoder, settings: Settings) -> dict[Path, Report]:
    """Evaluate each set with the production clustering, as the settings have it."""
    from consumers.clusterer.service import clustering_settings
    from pipeline.quality.evaluation import evaluate as run

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
    from pipeline.quality.evaluation import read_set

    articles = read_set(
        path, lambda line, error: ERROR.print(f"{path}:{line.place_of(error)}: left out: {error.what}")
    )
    if not any(article.event for article in articles):
        raise CommandError(f"{path} has no labels: expected an `event` on its lines")
    return articles


def _write_assignments(path: Path, reports: list[Report]) -> None:
    lines = [
        json.dumps({"id": article_id, "story_id": story_id}, ensure_ascii=False) + "\n"
        for report in reports
        for article_id, story_id in report.assignments.items()
    ]
    try:
        path.write_text("".join(lines), "utf-8")
    except OSError as error:
        raise CommandError(f"the assignments can't be written: {error}") from error
