"""`groundswell rebuild`: an edition made again from the topic beside the one that publishes, then one switch."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from redis import Redis

from pipeline.adapters.kafka.clients import make_consumer
from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.positions import Positions
from pipeline.runtime.cli.command_errors import CommandError
from pipeline.runtime.cli.context import Context, start
from pipeline.runtime.cli.rebuild_progress import show
from pipeline.runtime.embedded.processes import ManagedProcess
from pipeline.runtime.rebuild.distance import Way
from pipeline.runtime.shutdown import stop_on_signals
from pipeline.settings import Settings

if TYPE_CHECKING:  # it needs numpy, which a command line of its own does not have
    from pipeline.domain.encoder.protocol import Encoder
    from pipeline.runtime.rebuild.carrying import Carried

app = typer.Typer(
    help="Make the live stories again from the topic of articles, beside those that are published; then switch.",
    no_args_is_help=True,
)

MAX_LAG = 1_000
STOPPED = 130
"""Exit code where somebody stopped it before it was done."""


@app.command("start")
def begin(
    context: typer.Context,
    beside: Annotated[str, typer.Option("--from", help="The edition that publishes now.")],
    watch: Annotated[bool, typer.Option("--watch", help="Run no clusterer: others do.")] = False,
    lost: Annotated[bool, typer.Option("--lost", help="Redis has lost the edition that published.")] = False,
    max_lag: Annotated[int, typer.Option(help="Records left when this counts as done.", min=0)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a second.")] = False,
) -> None:
    """Fill the edition of these settings from the beginning of the topic; it publishes nothing yet.

    Runs one clusterer and shows how far it is, until all is read. Stop it and run it again at any time.
    """
    from pipeline.runtime.rebuild.beginning import begin as stand_by

    settings = start(context, "rebuild")
    stop = stop_on_signals()
    topic = settings.kafka.topics.articles
    with make_redis(settings.redis) as redis, closing(make_consumer(settings.kafka)) as consumer:
        stand_by(redis, settings, beside, lost=lost)
        way = Way(consumer, topic, Positions(redis, settings.redis))
        _tell_held(way, settings, beside, _read_by(redis, settings, beside))
        idle = watch or way.look().waiting <= max_lag
        with nullcontext() if idle else _clusterer(context.find_object(Context)) as clusterer:
            for distance in show(way, as_json=as_json):
                if distance.waiting <= max_lag:
                    break
                if clusterer is not None and not clusterer.running:
                    raise CommandError(f"the clusterer ended by itself:\n{clusterer.log_tail()}")
                if stop.wait(1.0):
                    typer.echo("stopped; run it again to go on", err=True)
                    raise typer.Exit(STOPPED)
    _tell(
        f"edition {settings.redis.edition} is filled. Next, with these settings: start clusterers and publishers, "
        "then `groundswell rebuild switch`"
    )


@app.command()
def switch(
    context: typer.Context,
    max_lag: Annotated[int, typer.Option(help="Records that may be left.", min=0)] = MAX_LAG,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The answer as a JSON object.")] = False,
) -> None:
    """Let the edition of these settings publish in place of the one beside which it was filled.

    Clusterers and publishers of that one end with a sentence. Run it again wherever it was stopped.
    """
    from pipeline.runtime.rebuild.older_desk import OlderDesk
    from pipeline.runtime.rebuild.switching import Switch

    settings = start(context, "rebuild")
    edition = settings.redis.edition
    with make_redis(settings.redis) as redis:
        switching = Switch(redis, settings, _tell_once(), lambda: _open_encoder(settings))
        predecessor = switching.predecessor()
        if predecessor is None:
            typer.echo(f"edition {edition} is live already")
            return
        decided = OlderDesk(redis, settings.redis, predecessor).decided()
        if decided.corrections:
            _tell(f"{decided.line(predecessor)}. They are carried over into edition {edition}")
        if not yes and not typer.confirm(
            f"End edition {predecessor}, and let edition {edition} publish on {settings.kafka.topics.stories}?"
        ):
            raise typer.Exit(STOPPED)
        carried = switching.run(predecessor, max_lag)
    if as_json:
        typer.echo(
            json.dumps({"edition": edition, "predecessor": predecessor, **carried.row(), "hidden": decided.hidden})
        )
        return
    _tell_carried(carried)
    typer.echo(
        f"edition {edition} is live. Give redis.edition {edition} and kafka.group {settings.kafka.group} to all "
        f"processes; then `groundswell edition remove {predecessor}`"
    )


def _tell_carried(carried: Carried) -> None:
    if carried.corrections:
        typer.echo(carried.line())
    for each in carried.left:
        typer.echo(f"look into {each.line}")


def _open_encoder(settings: Settings) -> Encoder:
    from consumers.clusterer.service import open_encoder

    return open_encoder(settings)


@contextmanager
def _clusterer(common: Context | None) -> Iterator[ManagedProcess]:
    """One, as a process of its own: its log goes to a file that stays where it ends by itself."""
    config = ["--config", str(common.config)] if common and common.config else []
    command = [sys.executable, "-m", "pipeline.runtime.cli.main", *config, "consume", "clusterer"]
    folder = Path(tempfile.mkdtemp(prefix="groundswell-rebuild-"))
    process = ManagedProcess("clusterer", command, log=folder / "clusterer.log")
    _tell(f"clusterer started, its log is {process.log}")
    with process:
        yield process
    shutil.rmtree(folder, ignore_errors=True)


def _read_by(redis: Redis, settings: Settings, beside: str) -> int:
    from pipeline.runtime.rebuild.beginning import older_settings

    return Positions(redis, older_settings(settings, beside)).counters()["in"]


def _tell_held(way: Way, settings: Settings, beside: str, read_before: int) -> None:
    held = way.held()
    oldest = ""
    if held.oldest_ms is not None:
        oldest = f" since {datetime.fromtimestamp(held.oldest_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    said = f"{settings.kafka.topics.articles} holds {held.records:,} records{oldest}"
    if held.expired:
        said += (
            f"; {held.expired:,} before them are gone (edition {beside} has read {read_before:,}): live stories "
            "of these alone will be closed"
        )
    _tell(said)


def _tell(said: str) -> None:
    """Beside the output of --json."""
    typer.echo(said, err=True)


def _tell_once() -> Callable[[str], None]:
    told: set[str] = set()

    def tell(what: str) -> None:
        if what not in told:
            told.add(what)
            _tell(what)

    return tell
