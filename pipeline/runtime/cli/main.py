"""`groundswell`: the commands and their common options."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.runtime.cli import (
    bench,
    consume,
    dead_letters,
    demo,
    desk,
    doctor,
    edition,
    evaluate,
    feeds,
    inspect,
    produce,
    rebuild,
    stories,
    topics,
    webhooks,
)
from pipeline.runtime.cli.command_errors import explained
from pipeline.runtime.cli.context import Context
from pipeline.runtime.version import installed_version

app = typer.Typer(
    name="groundswell",
    help="All coverage of one event as one evolving story: an event-clustering pipeline for news.\n\n"
    "Start with `groundswell demo`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("demo")(demo.demo)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(bench.app, name="bench")
app.add_typer(produce.app, name="produce")
app.add_typer(consume.app, name="consume")
app.add_typer(feeds.app, name="feeds")
app.add_typer(inspect.app, name="inspect")
app.add_typer(topics.app, name="topics")
app.add_typer(stories.app, name="stories")
app.add_typer(desk.app, name="corrections")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(edition.app, name="edition")
app.add_typer(rebuild.app, name="rebuild")
app.command("schema")(stories.schema)
app.command("doctor")(doctor.doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"groundswell {installed_version()}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="YAML file of settings; GROUNDSWELL_CONFIG names one too.", show_default=False
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001  # told before any command is looked at
        bool, typer.Option("--version", help="Print the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Common options."""
    context.obj = Context(config)


def main() -> None:
    """Entry point. An error that a user can mend is told in plain words, without a traceback."""
    with explained():
        app()
    sys.exit(0)


if __name__ == "__main__":
    main()
