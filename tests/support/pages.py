"""What the documentation shows, as the tests that hold it read it."""

from __future__ import annotations

import re
from pathlib import Path

Row = dict[str, str]
"""A row of a table: heading of the column to what stands there, without the marks of code."""


def rows(page: Path) -> list[Row]:
    """Of the first table of a page."""
    lines = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| ")]
    heading, *others = [_cells(line) for line in lines]
    return [dict(zip(heading, each, strict=True)) for each in others]


def _cells(line: str) -> list[str]:
    return [_plain(each.strip()) for each in line.strip().strip("|").split(" | ")]


def _plain(cell: str) -> str:
    """Without the backticks around a cell that is code as a whole."""
    found = re.fullmatch(r"(`+) ?(.*?) ?\1", cell)
    return found[2] if found and found[1] not in found[2] else cell
