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


def commands(page: Path) -> list[str]:
    """Lines of a page's blocks that are for a shell: in ```sh, or indented and beginning with a program's name.

    What goes on in the next line is one command.
    """
    text = page.read_text("utf-8")
    fenced = re.findall(r"(?ms)^```sh\n(.*?)^```", text)
    rest = re.sub(r"(?ms)^```.*?^```", "", text)
    indented = [re.sub(r"(?m)^ +", "", block) for block in re.findall(r"(?m)(?:^    .*\n?)+", rest)]
    shown = [*fenced, *(each for each in indented if _SHELL.match(each))]
    return [line for block in shown for line in _joined(block).splitlines() if line.strip()]


_VALUE = r"""(?:"[^"]*"|'[^']*'|\$\([^)]*\)|\S+)"""
_PROGRAMS = "make|groundswell|curl|docker|pip|python|npm|node|jq|export|cp|helm|kubectl|systemctl"
_SHELL = re.compile(rf"(?:[A-Z_]+={_VALUE}\s+(?:\\\n\s*)?)*(?:[\w./]*/)?(?:{_PROGRAMS})\s")


def _joined(block: str) -> str:
    """One command a line, without comments."""
    lines: list[str] = []
    for line in re.sub(r"(?m)\s+# .*$", "", re.sub(r"\\\n\s*", "", block)).splitlines():
        if lines and lines[-1].count("'") % 2:  # a quoted text goes on
            lines[-1] += " " + line
        else:
            lines.append(line)
    return "\n".join(lines)


def quoted_commands(page: Path, program: str) -> list[str]:
    """What the text of a page quotes that begins with this program."""
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text("utf-8"))
    spans = (" ".join(each.split()) for each in re.findall(r"`([^`]+)`", text))
    return [each for each in spans if each.startswith(f"{program} ")]
