"""`groundswell bench`: how fast each part is, on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.runtime.cli.bench_tables import show
from pipeline.runtime.cli.context import start

app = typer.Typer(
    help="Measure speed on this machine. What is compared takes turns in one run; progress goes to stderr.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on one line.")]


@app.command()
def encode(
    context: typer.Context,
    as_json: AsJson = False,
    texts: Annotated[int, typer.Option(help="Texts of each length.", min=2)] = 100,
    batch: Annotated[int, typer.Option(help="Texts that are handed over at once.", min=1)] = 64,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
) -> None:
    """Texts a second of each backend of the encoder, and how near their similarities are to float32's."""
    from pipeline.quality.bench.encode import EncodeOptions, bench_encode

    chosen = start(context, "bench").encoder
    report = bench_encode(EncodeOptions(chosen.model, chosen.threads, texts, batch, rounds))
    show("encode", report, as_json=as_json)


@app.command()
def index(
    context: typer.Context,
    as_json: AsJson = False,
    stories: Annotated[
        list[int] | None, typer.Option(help="Live stories; give it again for each number.", min=100)
    ] = None,
    articles: Annotated[int, typer.Option(help="Decided at each number of stories.", min=2)] = 640,
    batch: Annotated[int, typer.Option(help="Articles decided at once.", min=1)] = 64,
    jobs: Annotated[int, typer.Option(help="Processes that make the live stories.", min=1)] = 2,
) -> None:
    """Milliseconds an article, memory, and recall of the candidates, at several numbers of live stories."""
    from pipeline.quality.bench.index import SIZES, IndexOptions, bench_index

    start(context, "bench")
    options = IndexOptions(stories or list(SIZES), articles, batch, jobs)
    show("index", bench_index(options, _tell), as_json=as_json)


def _tell(message: str) -> None:
    """Progress; stdout is for the report."""
    typer.echo(message, err=True)
