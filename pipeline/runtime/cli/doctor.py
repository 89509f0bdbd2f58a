"""`groundswell doctor`: looks at everything that Groundswell stands on, and says what to do."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.runtime.cli.context import start

_COLOURS = {"ok": "green", "warning": "yellow", "wrong": "bold red"}
_PIPE_WIDTH = 200
WRONG = 1
"""Exit status where something is wrong; warnings alone are no failure."""


def doctor(
    context: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="One object: the worst verdict, and all findings.")
    ] = False,
) -> None:
    """Look at Kafka, Redis and what lies in them: each line ok, warning or wrong, and what to do.

    Ends with 0 where nothing is wrong, else with 1. Changes nothing.
    """
    from pipeline.runtime.doctor.checks import CHECKS
    from pipeline.runtime.doctor.finding import Report, Verdict, report
    from pipeline.runtime.doctor.reach import reaching
    from pipeline.runtime.doctor.running import examine
    from producers.feeds.database import default_path

    settings = start(context, "doctor")
    _say_nothing_of_reconnects()
    folder = (settings.feeds.state or default_path()).parent
    with reaching(settings, (folder,)) as (reach, failed):
        found = report([*failed, *examine(reach, CHECKS)])
    if as_json:
        typer.echo(TypeAdapter(Report).dump_json(found, indent=2).decode())
    else:
        lines = ((each.subject, each.verdict.value, each.said, each.todo) for each in found.findings)
        _print(lines)
    if found.verdict is Verdict.WRONG:
        raise typer.Exit(WRONG)


def _print(lines: Iterable[tuple[str, str, str, str]]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for subject, verdict, said, todo in lines:
        table.add_row(Text(verdict, _COLOURS[verdict]), Text(subject), Text(said))
        if todo:
            table.add_row("", "", Text(f"do: {todo}", "dim"))
    Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH).print(table)


def _say_nothing_of_reconnects() -> None:
    """The client logs each try. Its level stays, because reasons are read from its log (`refusals.py`)."""
    kafka = logging.getLogger("kafka")
    kafka.propagate = False
    kafka.addHandler(logging.NullHandler())
