"""`groundswell bench`: how fast each part is, on this machine."""

from __future__ import annotations

from importlib.resources import as_file
from pathlib import Path
from typing import Annotated

import typer

from pipeline.runtime.cli.bench_tables import show
from pipeline.runtime.cli.context import start
from pipeline.runtime.shutdown import end_on_signals, stop_on_signals
from pipeline.settings import Settings
from pipeline.shipped import shipped

app = typer.Typer(
    help=(
        "Measure speed on this machine. Progress goes to stderr; each report names the machine, and says below "
        "each table what its columns are. What is compared takes turns in one run, except the sizes of `index` "
        "and the loads of `latency`, which are measured once each, one after the other."
    ),
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on one line.")]
Rounds = Annotated[
    int, typer.Option(help="How often all take their turn; figures are medians of the rounds.", min=1)
]
SettleS = Annotated[
    float | None,
    typer.Option(help="`publisher.settle_s` meanwhile.", min=0, show_default="that of your settings"),
]
IntervalS = Annotated[
    float | None,
    typer.Option(help="`publisher.interval_s` meanwhile.", min=0, show_default="that of your settings"),
]


@app.callback()
def _parts() -> None:
    """Told to end, each part takes its processes and folders with it."""
    end_on_signals()


@app.command()
def encode(
    context: typer.Context,
    as_json: AsJson = False,
    texts: Annotated[int, typer.Option(help="Texts of each length.", min=2)] = 100,
    batch: Annotated[int, typer.Option(help="Texts that are handed over at once.", min=1)] = 64,
    rounds: Rounds = 3,
    max_tokens: Annotated[int | None, typer.Option(help="Cut longer texts.", min=1, show_default=False)] = None,
) -> None:
    """Texts a second of each backend of the encoder, and how near their similarities are to float32's."""
    from pipeline.quality.bench.encode import EncodeOptions, bench_encode

    chosen = start(context, "bench").encoder
    options = EncodeOptions(chosen.model, chosen.threads, texts, batch, rounds, max_tokens)
    show("encode", bench_encode(options, _tell), as_json=as_json)


@app.command()
def index(
    context: typer.Context,
    as_json: AsJson = False,
    stories: Annotated[
        list[int] | None,
        typer.Option(
            help="Live stories; give it again for each number.", min=100, show_default="1000, 10000 and 100000"
        ),
    ] = None,
    articles: Annotated[int, typer.Option(help="Decided at each number of stories.", min=2)] = 640,
    batch: Annotated[int, typer.Option(help="Articles decided at once.", min=1)] = 64,
    jobs: Annotated[int, typer.Option(help="Processes that make the live stories.", min=1)] = 2,
    folder: Annotated[
        Path | None, typer.Option(help="Keep the live stories here for further runs.", show_default=False)
    ] = None,
) -> None:
    """Milliseconds an article, memory, and recall of the candidates, at several numbers of live stories.

    Each number is measured once, one after the other, in a process of its own: on a busy machine read processor
    time. The made-up events of a run lie as close together as the largest number makes them, so rows of different
    runs can only be compared where these had the same largest number; `right` most of all.
    """
    from pipeline.quality.bench.index import SIZES, IndexOptions, bench_index

    start(context, "bench")
    kept = None if folder is None else str(folder)
    options = IndexOptions(stories or list(SIZES), articles, batch, jobs, kept)
    show("index", bench_index(options, _tell), as_json=as_json)


@app.command()
def pipeline(
    context: typer.Context,
    as_json: AsJson = False,
    articles: Annotated[int, typer.Option(help="Articles in a round.", min=1)] = 600,
    rounds: Rounds = 2,
    settle_s: SettleS = None,
    interval_s: IntervalS = None,
    min_sources: Annotated[int, typer.Option(help="`publisher.min_sources` meanwhile.", min=1)] = 1,
    file: Annotated[
        Path | None,
        typer.Option(
            help="Articles to send; made-up ones when not given.", exists=True, dir_okay=False, show_default=False
        ),
    ] = None,
) -> None:
    """Articles a second through the whole pipeline, and the encoder alone on the same texts."""
    from consumers.clusterer.service import open_encoder
    from pipeline.runtime.bench.deployment import embedded_services
    from pipeline.runtime.bench.through import PipelineOptions, bench_pipeline, rounds_of

    settings = start(context, "bench")
    sent = None if file is None else str(file)
    options = PipelineOptions(*_waits(settings, settle_s, interval_s), articles, rounds, min_sources, sent)
    to_send = rounds_of(options)
    with embedded_services() as services:
        report = bench_pipeline(settings, open_encoder(settings), services, options, to_send, _tell)
    show("pipeline", report, as_json=as_json)


@app.command()
def scale(
    context: typer.Context,
    as_json: AsJson = False,
    clusterers: Annotated[
        list[int] | None,
        typer.Option(help="Clusterers; give it again for each number.", min=1, show_default="1, 2, 4 and 8"),
    ] = None,
    encoder_ms: Annotated[float, typer.Option(help="What the encoder waits for each article.", min=0)] = 20.0,
    articles: Annotated[int, typer.Option(help="Articles for each clusterer, in a round.", min=1)] = 400,
    rounds: Rounds = 2,
    publishers: Annotated[
        int, typer.Option(help="Publishers beside them, to see whether they keep up; 0: none.", min=0)
    ] = 0,
    settle_s: SettleS = None,
    interval_s: IntervalS = None,
) -> None:
    """Articles a second of several clusterers, whose encoder has a stated cost.

    The numbers of clusterers take turns; a ratio is the median of the ratios to the first number within a round.
    """
    from pipeline.runtime.bench.deployment import embedded_services
    from pipeline.runtime.bench.scale import CLUSTERERS, ScaleOptions, bench_scale

    settings = start(context, "bench")
    options = ScaleOptions(
        *_waits(settings, settle_s, interval_s),
        clusterers or list(CLUSTERERS),
        encoder_ms,
        articles,
        rounds,
        publishers,
    )
    with embedded_services() as services:
        report = bench_scale(settings, services, options, _tell)
    show("scale", report, as_json=as_json)


@app.command()
def latency(
    context: typer.Context,
    as_json: AsJson = False,
    seconds: Annotated[float, typer.Option(help="How long to send at each share of capacity.", min=0.1)] = 12.0,
    share: Annotated[
        list[float] | None,
        typer.Option(
            help="Of capacity; give it again for each share.", min=0.01, show_default="0.25, 0.5 and 0.75"
        ),
    ] = None,
    settle_s: SettleS = None,
    interval_s: IntervalS = None,
    capacity_articles: Annotated[int, typer.Option(help="Sent at once to measure capacity.", min=1)] = 400,
    encoder_ms: Annotated[
        float | None,
        typer.Option(help="An encoder that waits for so long an article; the real one when not given.", min=0),
    ] = None,
) -> None:
    """Seconds from an article that is sent to a record on `stories` that has it.

    Capacity is measured first, then each share of it once, one after the other, on the same edition, and at last a
    burst of what capacity has in half of `--seconds`. Both waits of the publisher are in the figures.
    """
    from pipeline.runtime.bench.deployment import embedded_services
    from pipeline.runtime.bench.latency import SHARES, LatencyOptions, bench_latency

    settings = start(context, "bench")
    options = LatencyOptions(
        *_waits(settings, settle_s, interval_s), share or list(SHARES), seconds, capacity_articles, encoder_ms
    )
    with embedded_services() as services:
        report = bench_latency(settings, services, options, _tell)
    show("latency", report, as_json=as_json)


@app.command()
def peers(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Labelled articles, as for `evaluate`; the shipped samples when not given.",
            exists=True,
            dir_okay=False,
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Also methods that see all articles at once, which no stream can.")
    ] = False,
    rounds: Rounds = 2,
) -> None:
    """Articles a second and B-cubed F1 of other methods, with the same vectors."""
    from consumers.clusterer.service import clustering_settings, open_encoder
    from pipeline.quality.bench.peers.comparison import PeersOptions, bench_peers

    settings = start(context, "bench")
    with as_file(shipped("samples", "articles.jsonl")) as samples:
        names = [str(each) for each in files or [samples]]
        options = PeersOptions(
            names, offline, rounds, settings.clusterer.batch_size, settings.clusterer.sweep_every
        )
        threads = settings.encoder.threads
        report = bench_peers(
            options, lambda: open_encoder(settings), clustering_settings(settings), threads, _tell
        )
    show("peers", report, as_json=as_json)


@app.command(hidden=True)
def clusterer(
    context: typer.Context,
    encoder_ms: Annotated[float, typer.Option(help="What the encoder waits for each article.", min=0)] = 0.0,
) -> None:
    """A clusterer with an encoder of a stated cost, that knows no meanings: for measuring and for tests."""
    from consumers.clusterer.service import run_clusterer
    from pipeline.quality.bench.hashing_encoder import HashingEncoder

    run_clusterer(start(context, "clusterer"), stop_on_signals(), HashingEncoder(encoder_ms))


def _waits(settings: Settings, settle_s: float | None, interval_s: float | None) -> tuple[float, float]:
    """What the publisher is to wait: as the options say, else as the settings do."""
    own = settings.publisher
    return (
        own.settle_s if settle_s is None else settle_s,
        own.interval_s if interval_s is None else interval_s,
    )


def _tell(message: str) -> None:
    """Progress; stdout is for the report."""
    typer.echo(message, err=True)
