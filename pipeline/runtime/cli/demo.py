"""`groundswell demo`: everything on this machine, with sample articles or the user's own."""

from __future__ import annotations

import json
import sys
from importlib.resources import as_file
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.adapters.articles_file import count_lines, require_an_article
from pipeline.adapters.kafka.article_producer import ArticleProducer
from pipeline.runtime.cli.context import Context, start
from pipeline.runtime.shutdown import stop_on_signals
from pipeline.settings import KafkaSettings
from pipeline.shipped import shipped

if TYPE_CHECKING:
    from pipeline.runtime.embedded.stack import DemoStack

DOCUMENTED_BROKER = "127.0.0.1:9092"
"""The address in the program that the documentation shows."""

Own = Annotated[
    Path | None,
    typer.Option(
        help="Your own articles, JSON Lines or one JSON array, also gzip; the shipped samples when not given.",
        exists=True,
        dir_okay=False,
        readable=True,
        show_default=False,
    ),
]


def demo(
    context: typer.Context,
    articles: Own = None,
    exit_: Annotated[
        bool, typer.Option("--exit", help="Stop when every article is through and every story published.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the final story records on stdout, one JSON a line.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of the board; a free one where it is taken.")] = 8080,
) -> None:
    """Start a broker, Redis and all roles on this machine, replay articles, and show the board.

    Everything it starts ends with it. Nothing is kept.
    """
    from pipeline.runtime.embedded.stack import DemoStack

    start(context, "demo")
    if articles is not None:
        require_an_article(articles)
    config = context.find_object(Context).config  # type: ignore[union-attr]  # set by main
    stop = stop_on_signals()
    with as_file(shipped("samples", "articles.jsonl")) as samples, DemoStack(port, config) as stack:
        kafka = stack.settings.kafka
        tell(f"board: {stack.board_url}\nbroker: {kafka.bootstrap_servers}, topic `stories`")
        tell(f"redis: {stack.settings.redis.url}")
        stack.wait_until_published(send(articles or samples, kafka), stop)
        if stop.is_set():
            return
        tell(f"all articles are through; logs are in {stack.folder}")
        if as_json:
            print_records(stack)
        if not exit_:
            tell(how_to_subscribe(kafka.bootstrap_servers))
            tell(how_to_look(stack.environment))
            tell(f"board: {stack.board_url} (Ctrl-C stops everything)")
            stack.watch(stop)


def print_records(stack: DemoStack) -> None:
    """The final records on stdout."""
    for record in stack.final_records():
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def how_to_look(environment: Path) -> str:
    """How any other command is pointed at this demo."""
    return f"look into it: (set -a; . {environment}; .venv/bin/groundswell doctor)\n"


def how_to_subscribe(broker: str) -> str:
    """The program of the README, for this broker."""
    program = shipped("samples", "subscriber.py").read_text("utf-8").replace(DOCUMENTED_BROKER, broker)
    return f"\nsubscribe from Python (`pip install ./client`; here: .venv/bin/python):\n\n{program}"


def send(file: Path, kafka: KafkaSettings) -> int:
    """Send the articles of a file, with progress on stderr; how many records that is."""
    from producers.replay import replay, stderr_progress

    with stderr_progress() as progress, ArticleProducer(kafka, "replay") as producer:
        replay([file], producer, progress=progress)
    return count_lines(file)


def tell(message: str) -> None:
    """Say something to the person; stdout is for records."""
    typer.echo(message, err=True)
