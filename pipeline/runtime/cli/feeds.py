"""`groundswell feeds`: looks at what the feeds producer knows of each feed."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.runtime.cli.context import start

if TYPE_CHECKING:
    from producers.feeds.status import FeedStatus

app = typer.Typer(help="Look at the feeds that `groundswell produce feeds` visits.", no_args_is_help=True)

_COLOURS = {"ok": "green", "failing": "red", "gone": "magenta", "new": "dim"}
_PIPE_WIDTH = 200
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@app.command()
def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="An array with an object for each feed.")] = False,
) -> None:
    """Per feed: last visit, status, next visit, items seen, last error. Works while the producer runs."""
    from producers.feeds.status import feed_statuses

    statuses = feed_statuses(start(context, "feeds").feeds)
    if as_json:
        rows = [asdict(each) for each in statuses]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2, default=datetime.isoformat))
    else:
        console = Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH)
        console.print(_table(statuses, datetime.now(UTC)))


@app.command()
def forget(context: typer.Context, feed: Annotated[str, typer.Argument(help="Its address in the list.")]) -> None:
    """Make a feed new again, for example one that was gone; with the producer stopped."""
    from producers.feeds.status import forget_feed

    forget_feed(start(context, "feeds").feeds, feed)
    typer.echo(f"{feed}: is visited at the next start, and all that it shows is sent again")


def _table(statuses: list[FeedStatus], now: datetime) -> Table:
    columns = ("feed", "status", "last visit", "next visit", "items", "last error")
    table = Table(*columns, box=None, header_style="bold")
    table.columns[0].overflow = "fold"
    table.columns[4].justify = "right"
    for each in statuses:
        error = f"{each.last_error} ({_distance(each.last_error_at, now)})" if each.last_error else ""
        table.add_row(
            escape(each.feed),
            f"[{_COLOURS[each.status]}]{each.status}[/]",
            _distance(each.last_visit, now),
            "never" if each.status == "gone" else _distance(each.next_visit, now, past="due"),
            f"{each.items_seen:,}",
            escape(error),
        )
    return table


def _distance(moment: datetime | None, now: datetime, past: str | None = None) -> str:
    """`5 min ago`, `in 2 h`; `past` instead of what lies behind or is not there."""
    seconds = 0.0 if moment is None else (moment - now).total_seconds()
    if past is not None and seconds <= 0:
        return past
    if moment is None:
        return "never"
    size, unit = next((each for each in _UNITS if abs(seconds) >= each[0]), _UNITS[-1])
    text = f"{abs(seconds) / size:.0f} {unit}"
    return f"in {text}" if seconds > 0 else f"{text} ago"
