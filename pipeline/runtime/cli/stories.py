"""`groundswell stories` and `groundswell schema`: look at stories, and at the contract of their records.

What corrects them is in `desk.py`.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.runtime.cli import desk
from pipeline.runtime.cli.command_errors import CommandError
from pipeline.runtime.cli.context import start
from pipeline.runtime.story_order import Order
from pipeline.settings import Settings

if TYPE_CHECKING:
    from redis import Redis

    from groundswell.record import StoryRecord

app = typer.Typer(help="Look at stories in the store, and correct them.", no_args_is_help=True)
for correction in (desk.merge, desk.split, desk.move, desk.pin, desk.unpin, desk.hide, desk.unhide):
    app.command()(correction)


@app.command("list")
def list_stories(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Ended stories too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Their records, one JSON a line.")] = False,
    limit: Annotated[int | None, typer.Option(help="At most so many, the first ones.", min=1)] = None,
    query: Annotated[
        str, typer.Option(help="Words that each begin a word of the headlines, first sentences or outlets.")
    ] = "",
    order: Annotated[
        Order, typer.Option(help="time: newest coverage first; size: most articles first.")
    ] = Order.TIME,
) -> None:
    """One line per story: id, status, articles, outlets, title."""
    from consumers.publisher.paraphrases import paraphrases
    from consumers.publisher.service import known_outlets, record_builder
    from pipeline.adapters.store.stories import StoryReader
    from pipeline.domain.story.meaning import by_words
    from pipeline.runtime.story_list import Wanted, story_ids

    settings = start(context, "stories")
    reader = StoryReader(_redis(settings), settings.redis)
    # A line has no points, so it needs no encoder to tell them apart.
    says_again = paraphrases(settings, logging.DEBUG) if as_json else by_words
    build = record_builder(settings, known_outlets(settings), says_again)
    for story_id in story_ids(reader, Wanted(every, query, order, limit)):
        snapshot = reader.snapshot(story_id)
        if snapshot is not None:
            # For subscribers a hidden story is empty; whoever may bring it back sees what it is.
            record = build(snapshot if as_json else replace(snapshot, hidden=False))
            typer.echo(record.model_dump_json() if as_json else _line(record, snapshot.hidden))


def _line(record: StoryRecord, hidden: bool) -> str:
    status = "hidden" if hidden else record.status
    return (
        f"{record.story_id}  {status:<6}  {record.article_count:>5} articles  "
        f"{record.source_count:>4} sources  {record.title}"
    )


@app.command()
def show(
    context: typer.Context,
    story_id: Annotated[str, typer.Argument(help="Id of the story; a merged one resolves.")],
    history: Annotated[bool, typer.Option("--history", help="How it grew and what a desk corrected.")] = False,
) -> None:
    """The record of a story as it stands now, as JSON.

    With --history its published revisions, and after them what a desk corrected of it, who and why.
    """
    from consumers.publisher.paraphrases import paraphrases
    from consumers.publisher.service import known_outlets, record_builder
    from pipeline.adapters.store.correction_log import CorrectionLog
    from pipeline.adapters.store.stories import StoryReader

    settings = start(context, "stories")
    redis = _redis(settings)
    reader = StoryReader(redis, settings.redis)
    resolved = reader.resolve(story_id)
    snapshot = reader.snapshot(resolved)
    if snapshot is None:
        raise CommandError(f"no story {story_id!r}; `groundswell stories list --all` names those that there are")
    if history:
        for line in reader.history(resolved):
            typer.echo(line.decode())
        for made in CorrectionLog(redis, settings.redis).of_story(resolved):
            typer.echo(json.dumps({"at": made.at.isoformat(), **made.entry.summary()}, ensure_ascii=False))
        return
    says_again = paraphrases(settings, logging.DEBUG)
    record = record_builder(settings, known_outlets(settings), says_again)(snapshot)
    typer.echo(json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=2))


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Parquet file to write.", dir_okay=False)],
    day: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Stories that were covered on it, UTC.")],
) -> None:
    """The stories of a day as Parquet, read from the topic: of each the revision that stands there now."""
    from groundswell import Subscriber
    from pipeline.runtime.story_export import stories_of, write_parquet

    kafka = start(context, "stories").kafka
    if not file.parent.is_dir():  # before the topic is read
        raise CommandError(f"{file} can't be written: there is no folder {file.parent}")
    with Subscriber(kafka.connection, kafka.topics.stories, follow=False) as stories:
        found = stories_of(day.date(), stories)
    write_parquet(found, file)
    typer.echo(f"{file}: {len(found)} stories")


def schema(
    out: Annotated[Path | None, typer.Option(help="Write the files into this folder.", file_okay=False)] = None,
) -> None:
    """The contract: JSON Schemas of the records and the AsyncAPI document."""
    from pipeline.quality.contract import documents, write_documents

    if out is None:
        typer.echo(json.dumps(documents(), ensure_ascii=False, indent=2))
    else:
        for path in write_documents(out):
            typer.echo(path)


def _redis(settings: Settings) -> Redis:
    from pipeline.adapters.store.client import make_redis
    from pipeline.adapters.store.edition import EditionSettings

    # Somebody waits at a terminal: a Redis that is not there is told soon.
    redis = make_redis(settings.redis, wait_s=2.0)
    EditionSettings(redis, settings.redis).check_exists()
    return redis
