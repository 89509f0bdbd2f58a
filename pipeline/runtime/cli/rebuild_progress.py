"""Shows how far an edition has come: a bar on a terminal, else a line a second."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from pipeline.runtime.rebuild.distance import Distance, Way

MOST_PARTITIONS = 8
"""That are named."""


def show(way: Way, *, as_json: bool) -> Iterator[Distance]:
    """A look at each turn, shown."""
    if as_json or not sys.stderr.isatty():
        while True:
            distance = way.look()
            typer.echo(to_line(distance) if as_json else said(distance), err=not as_json)
            yield distance
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)
        while True:
            distance = way.look()
            total = distance.read + distance.waiting
            progress.update(task, completed=distance.read, total=total, description=said(distance))
            yield distance


def to_line(distance: Distance) -> str:
    """One JSON object."""
    return json.dumps(
        {
            "read": distance.read, "left": distance.waiting, "partitions": distance.left,
            "per_s": distance.per_s, "seconds": distance.seconds,
        }
    )  # fmt: skip


def said(distance: Distance) -> str:
    """One line."""
    if not distance.waiting:
        return f"{distance.read:,} records read, none left"
    most = sorted(distance.left.items(), key=lambda each: -each[1])[:MOST_PARTITIONS]
    named = ", ".join(f"{number}: {left:,}" for number, left in most if left)
    rest = "" if len(distance.left) <= MOST_PARTITIONS else ", ..."
    line = f"{distance.read:,} records read, {distance.waiting:,} left (partition {named}{rest})"
    if distance.per_s and distance.seconds is not None:
        minutes, seconds = divmod(round(distance.seconds), 60)
        line += f", {distance.per_s:,.0f} a second, {minutes}:{seconds:02} to go"
    return line
