"""`groundswell inspect`: how articles and feeds are understood, without sending them anywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.runtime.cli.command_errors import CommandError
from pipeline.runtime.cli.context import start
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.runtime.inspection import Refused, Understood

app = typer.Typer(
    help="Show how articles and feeds are understood: one JSON line for each article.", no_args_is_help=True
)


@app.command()
def article(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="JSON Lines or one JSON array, also gzip; lines of standard input when not given.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Read articles by the clusterer's reader; what is none gives a line with `error`."""
    from pipeline.runtime.inspection import lines_of

    settings = start(context, "inspect")
    given = None if file is None or str(file) == "-" else file
    lines = (each.strip() for each in sys.stdin.buffer) if given is None else lines_of(given)
    _print(_inspected((line for line in lines if line), settings))


@app.command()
def feed(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="A feed; `-` is standard input.")],
    url: Annotated[
        str | None, typer.Option(help="Where a file came from: relative links and the outlet hang on it.")
    ] = None,
    content_type: Annotated[
        str | None, typer.Option(help="As the server declared it; may name the encoding.")
    ] = None,
) -> None:
    """Read a feed as the producer does; an address is fetched as by the producer, with its settings."""
    from pipeline.runtime.inspection import Refused
    from producers.feeds.inspection import FeedDocument, NoFeedError, feed_records, fetch_document

    settings = start(context, "inspect")
    try:
        if source.lower().startswith(("http://", "https://")):
            came = fetch_document(source, settings.feeds)
        else:
            came = FeedDocument(_bytes_of(source), "", "")
        document = FeedDocument(came.body, url or came.url, content_type or came.content_type)
        records, left_out = feed_records(document, datetime.now(UTC))
    except NoFeedError as error:
        return _print([Refused(error=str(error))])
    if left_out:
        typer.echo(f"{left_out} entries have neither a title nor enough text and are left out", err=True)
    return _print(_inspected(records, settings))


def _bytes_of(source: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise CommandError(f"{source}: can't be read: {error.strerror or error}") from error


def _inspected(records: Iterable[bytes], settings: Settings) -> Iterable[Understood | Refused]:
    from pipeline.domain.outlets import OutletDirectory
    from pipeline.runtime.inspection import inspected

    outlets = OutletDirectory.load(settings.outlets.table, rater=settings.outlets.rater)
    return inspected(records, outlets, settings.clusterer.max_text_chars, datetime.now(UTC))


def _print(lines: Iterable[Understood | Refused]) -> None:
    # As bytes: JSON is UTF-8, whatever the terminal's encoding.
    for line in lines:
        sys.stdout.buffer.write(line.model_dump_json().encode() + b"\n")
    sys.stdout.buffer.flush()
