"""How `groundswell bench` shows a report: any data class, as one JSON object or as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from pipeline.runtime.cli.bench_columns import columns_of

WIDTH = 170


def show(part: str, report: Any, *, as_json: bool) -> None:
    """Print the report of a part, a data class, on stdout."""
    document = {"part": part, **asdict(report)}
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, allow_nan=False))
    else:
        print_tables(document, columns_of(type(report)))


def print_tables(document: Mapping[str, Any], columns: Mapping[str, Mapping[str, str]]) -> None:
    """A line for each figure and group of figures, a table for each list of rows, and what its columns are."""
    console = Console(width=WIDTH)
    for name, value in document.items():
        if _is_rows(value):
            console.print(_table(name, [_flat(each) for each in value]))
            for column, said in columns.get(name, {}).items():
                console.print(f"  {_words(column)}: {said}", highlight=False, markup=False)
        else:
            console.print(f"{_words(name)}: {_told(value)}", highlight=False)
            if name in columns.get("", {}):
                console.print(f"  {columns[''][name]}", highlight=False, markup=False)


def _is_rows(value: Any) -> bool:
    return (
        isinstance(value, Sequence) and not isinstance(value, str) and bool(value) and isinstance(value[0], dict)
    )


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold", title=_words(name), title_justify="left")
    for column, value in rows[0].items():
        table.add_column(_words(column), justify="left" if isinstance(value, str) else "right")
    for row in rows:
        table.add_row(*map(_told, row.values()))
    return table


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Figures within figures beside the others: `recall` with `of_exact` is a column `recall of exact`."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            flat |= {f"{name} {inner}": each for inner, each in _flat(value).items()}
        else:
            flat[name] = value
    return flat


def _told(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{_words(name)} {_told(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return " ".join(map(_told, value))
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _words(name: str) -> str:
    return name if name.isupper() else name.replace("_", " ")
