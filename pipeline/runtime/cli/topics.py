"""`groundswell topics`: creates and configures the topics."""

from __future__ import annotations

import typer

from pipeline.adapters.kafka.clients import make_admin
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.runtime.cli.context import start

app = typer.Typer(help="Create and configure the topics.", no_args_is_help=True)


@app.command()
def apply(context: typer.Context) -> None:
    """Create the topics that are missing and configure the rest. Safe to repeat."""
    settings = start(context, "topics")
    admin = make_admin(settings.kafka)
    try:
        for name, done in apply_topics(admin, settings.kafka).items():
            typer.echo(f"{name}: {done}")
    finally:
        admin.close()


@app.callback()
def _group() -> None:
    """Keeps `apply` a command of its own while it is the only one."""
