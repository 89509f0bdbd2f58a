"""`groundswell consume`: runs one consumer until it is told to stop."""

from __future__ import annotations

import typer

from pipeline.runtime.cli.context import start
from pipeline.runtime.shutdown import stop_on_signals

app = typer.Typer(help="Run a consumer: clusterer, publisher, board, webhooks or router.", no_args_is_help=True)


@app.command()
def clusterer(context: typer.Context) -> None:
    """Put each article into a story. Run as many as there are partitions, at most."""
    from consumers.clusterer.service import run_clusterer

    run_clusterer(start(context, "clusterer"), stop_on_signals())


@app.command()
def publisher(context: typer.Context) -> None:
    """Publish story records as coverage grows. Run as many as there are shards, at most."""
    from consumers.publisher.service import run_publisher

    run_publisher(start(context, "publisher"), stop_on_signals())


@app.command()
def board(context: typer.Context) -> None:
    """Serve the web page and the API of the stories."""
    from consumers.board.service import run_board

    run_board(start(context, "board"))


@app.command()
def webhooks(context: typer.Context) -> None:
    """Send stories to the receivers of the settings as they change."""
    from consumers.webhooks.service import run_webhooks

    run_webhooks(start(context, "webhooks"), stop_on_signals())


@app.command()
def router(context: typer.Context) -> None:
    """Hand each article to the edition of its language. Run as many as there are partitions, at most."""
    from consumers.router.service import run_router

    run_router(start(context, "router"), stop_on_signals())
