"""`groundswell stories merge`, `split` and the like: a desk's corrections; and `groundswell corrections`."""

from __future__ import annotations

import getpass
import json
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.runtime.cli.command_errors import CommandError
from pipeline.runtime.cli.context import start
from pipeline.runtime.cli.escaping import escaped

if TYPE_CHECKING:
    from pipeline.adapters.store.correction_log import Corrected
    from pipeline.domain.encoder.protocol import Encoder

app = typer.Typer(help="What desks corrected by hand.", no_args_is_help=True)

MAX_CHARS = 500
"""Of a name and of a reason: they are kept with each correction."""

Story = Annotated[str, typer.Argument(metavar="ID", help="Id of the story; a merged one resolves.")]
Articles = Annotated[
    list[str], typer.Argument(metavar="ARTICLE...", help="Ids, their first characters, or URLs of its articles.")
]
By = Annotated[str | None, typer.Option(help="Who corrects; the user's name by default.", show_default=False)]
Why = Annotated[str, typer.Option(prompt="Why", help="Kept with the correction; asked for when not given.")]


def merge(
    context: typer.Context,
    story: Annotated[str, typer.Argument(metavar="A", help="The story that keeps its id.")],
    other: Annotated[str, typer.Argument(metavar="B", help="The story that becomes part of it.")],
    reason: Why,
    by: By = None,
) -> None:
    """Say that two stories are one. Their articles stay together; undone by `split`."""
    _correct(context, by, reason, "merge", story, other)


def split(context: typer.Context, story: Story, articles: Articles, reason: Why, by: By = None) -> None:
    """Make articles of a story a story of their own. The two are never merged again; undone by `merge`."""
    _correct(context, by, reason, "split", story, articles=tuple(articles))


def move(
    context: typer.Context,
    article: Annotated[str, typer.Argument(help="Id of an article, its first characters, or its URL.")],
    story: Annotated[str, typer.Argument(metavar="ID", help="The story that it belongs to.")],
    reason: Why,
    by: By = None,
) -> None:
    """Put an article into another story, where it stays; undone by moving it back."""
    _correct(context, by, reason, "move", story, articles=(article,))


def pin(context: typer.Context, story: Story, reason: Why, by: By = None) -> None:
    """Keep repair off a story: it is not merged, split or closed, and does not expire. Articles still join."""
    _correct(context, by, reason, "pin", story)


def unpin(context: typer.Context, story: Story, reason: Why, by: By = None) -> None:
    """Let repair at a pinned story again."""
    _correct(context, by, reason, "unpin", story)


def hide(context: typer.Context, story: Story, reason: Why, by: By = None) -> None:
    """Take a story away from subscribers. Its articles stay in it, and more may join unseen."""
    _correct(context, by, reason, "hide", story)


def unhide(context: typer.Context, story: Story, reason: Why, by: By = None) -> None:
    """Show a hidden story again."""
    _correct(context, by, reason, "unhide", story)


@app.command("list")
def list_corrections(context: typer.Context) -> None:
    """One line per correction that is remembered, oldest first: when, who, what, why."""
    from pipeline.adapters.store.client import make_redis
    from pipeline.adapters.store.correction_log import CorrectionLog

    settings = start(context, "corrections")
    with make_redis(settings.redis, wait_s=2.0) as redis:
        # One that was carried over stands in the log where it was carried over.
        for each in sorted(CorrectionLog(redis, settings.redis).all(), key=lambda each: each.at):
            typer.echo(line(each))


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="JSON Lines to write.", dir_okay=False)],
) -> None:
    """The pairs of articles that desks judged: the same event or not, by whom, when and why."""
    from pipeline.adapters.store.client import make_redis
    from pipeline.adapters.store.correction_log import CorrectionLog
    from pipeline.runtime.correction_pairs import labelled_pairs

    settings = start(context, "corrections")
    count = 0
    with make_redis(settings.redis, wait_s=2.0) as redis, file.open("w", encoding="utf-8") as out:
        for row in labelled_pairs(CorrectionLog(redis, settings.redis).all()):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    typer.echo(f"{file}: {count} pairs")


def line(made: Corrected) -> str:
    """A correction for a terminal."""
    entry = made.entry
    at = f"{made.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    articles = f" ({len(entry.article_ids)} articles)" if entry.article_ids else ""
    carried = f"  (carried over from edition {entry.origin.edition})" if entry.origin else ""
    return escaped(
        f"{at}  {entry.by}  {entry.action}  {' '.join(entry.story_ids)}{articles}  {entry.reason}{carried}"
    )


def _correct(
    context: typer.Context,
    by: str | None,
    reason: str,
    action: str,
    story: str,
    other: str = "",
    articles: tuple[str, ...] = (),
) -> None:
    from pipeline.adapters.store.client import make_redis
    from pipeline.domain.clustering.desk import Action, NothingToDoError
    from pipeline.runtime.correction_pairs import Signed
    from pipeline.runtime.desk import Desk, Request

    signed = Signed(_bounded("--by", by or _user()), _bounded("--reason", reason))
    request = Request(Action(action), story, other, articles)
    settings = start(context, "desk")

    def open_encoder() -> Encoder:
        from consumers.clusterer.service import open_encoder

        typer.echo("loading the encoder, to read articles anew", err=True)
        return open_encoder(settings)

    with make_redis(settings.redis, wait_s=2.0) as redis:
        try:
            keeps_vectors = settings.publisher.story_vectors
            desk = Desk(redis, settings.redis, open_encoder, keeps_vectors=keeps_vectors)
            order = desk.correct(request, signed)
        except NothingToDoError as error:
            # A command that was killed after it had committed is repeated like this.
            typer.echo(f"nothing to do: {error}")
            return
    other = f" {order.other_id}" if order.other_id else ""
    typer.echo(f"{order.action}: {order.story_id}{other}")


def _bounded(option: str, text: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= MAX_CHARS:
        raise CommandError(f"{option} takes 1 to {MAX_CHARS} characters, not {len(text)}")
    return text


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise CommandError("this user has no name here: say with --by who corrects") from error
