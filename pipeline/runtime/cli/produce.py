"""`groundswell produce`: sends articles to Kafka."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from pipeline.adapters.kafka.article_producer import ArticleProducer
from pipeline.adapters.kafka.clients import make_admin
from pipeline.adapters.kafka.identity import topic_id
from pipeline.runtime.cli.context import start
from pipeline.runtime.doctor.starting import await_topics, require_topic
from pipeline.runtime.shutdown import stop_on_signals

app = typer.Typer(help="Send articles: from files, from feeds, or over HTTP.", no_args_is_help=True)


@app.command()
def replay(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(
            help="JSON Lines or one JSON array, also gzip.", exists=True, dir_okay=False, readable=True
        ),
    ],
    rate: Annotated[
        float | None, typer.Option(help="Articles per second; as fast as possible when not given.", min=0.001)
    ] = None,
) -> None:
    """Send every line of article files, in the order of the files; what is no article becomes a dead letter."""
    from producers.replay import replay, stderr_progress, told

    settings = start(context, "replay")
    with closing(make_admin(settings.kafka)) as admin:
        require_topic(admin, settings.kafka.topics.articles)
    with ArticleProducer(settings.kafka, "replay") as producer, stderr_progress() as progress:
        summary = replay(files, producer, rate=rate, progress=progress)
    typer.echo(told(summary), err=True)


@app.command()
def backfill(
    context: typer.Context,
    archives: Annotated[
        list[str], typer.Argument(help="WARC files or their http(s) addresses, in order of time.")
    ],
    rate: Annotated[
        float | None, typer.Option(help="Articles per second; as fast as possible when not given.", min=0.001)
    ] = None,
    progress: Annotated[
        Path | None, typer.Option(help="Folder of the notes how far each is read.", file_okay=False)
    ] = None,
) -> None:
    """Send the articles of web archives, such as Common Crawl's of news; go on where the last run ended."""
    from producers.backfill import backfill
    from producers.backfill.progress import default_folder
    from producers.replay import stderr_progress

    settings = start(context, "backfill")
    folder, stop = progress or default_folder(), stop_on_signals()
    with closing(make_admin(settings.kafka)) as admin:
        require_topic(admin, settings.kafka.topics.articles)
        topic = topic_id(admin, settings.kafka.topics.articles)
    with ArticleProducer(settings.kafka, "backfill") as producer, stderr_progress() as bars:
        sent = backfill(archives, producer, folder, topic=topic, rate=rate, stop=stop, bars=bars)
    typer.echo(f"sent {sent.articles} articles of {sent.pages} pages", err=True)


@app.command()
def feeds(context: typer.Context) -> None:
    """Poll RSS, Atom and JSON feeds and news sitemaps, and send what is new."""
    from producers.feeds.run import run_feeds

    settings, stop = start(context, "feeds"), stop_on_signals()
    await_topics(settings, (settings.kafka.topics.articles,), stop)
    with closing(make_admin(settings.kafka)) as admin:
        topic = topic_id(admin, settings.kafka.topics.articles)
    with ArticleProducer(settings.kafka, "feeds") as producer:
        run_feeds(settings, producer, stop, topic)


@app.command()
def http(context: typer.Context) -> None:
    """Accept articles by POST /articles."""
    from producers.http.auth import BearerToken
    from producers.http.run import run_http

    settings, stop = start(context, "http"), stop_on_signals()
    BearerToken(settings.http.token)  # a missing one is told before topics are waited for
    await_topics(settings, (settings.kafka.topics.articles,), stop)
    with ArticleProducer(settings.kafka, "http") as producer:
        run_http(settings, producer, stop)
