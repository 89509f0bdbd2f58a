"""`python -m benchmarks.plot REPORT.json... OUT.png`: what `groundswell bench` found, drawn (needs matplotlib).

Of `bench peers --json` a bar for each method, of `bench index --json` the processor time of a decision as live
stories grow. Rows of several reports come into one picture, as of sizes that were measured in runs of their own.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

OURS, ONLINE, OFFLINE, GOAL_COLOUR = "#1f6f54", "#8aa5b5", "#d7c7a4", "#9a6a1c"
GOAL = ((10_000, 0.5), (100_000, 1.0), (1_000_000, 3.0))
"""Live stories and milliseconds."""

Rows = Sequence[dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plot", description=__doc__)
    parser.add_argument("reports", type=Path, nargs="+", help="what --json printed, all of one part")
    parser.add_argument("out", type=Path)
    options = parser.parse_args(arguments)
    part, rows = read(options.reports)
    try:
        figure = DRAWN[part](rows)
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is not installed: `pip install --group bench` brings it")
    figure.tight_layout()
    figure.savefig(options.out, dpi=110)


def read(files: Sequence[Path]) -> tuple[str, list[dict[str, Any]]]:
    """The part, and the rows of all reports. Ends the program where there is no picture of them."""
    reports = [_report(each) for each in files]
    parts = {str(each["part"]) for each in reports}
    if len(parts) > 1 or not parts <= DRAWN.keys():
        sys.exit(
            f"a picture is of reports of one part, {' or '.join(DRAWN)}; these are of {', '.join(sorted(parts))}"
        )
    return parts.pop(), [row for each in reports for row in each["rows"]]


def _report(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(f"{file} can't be read: {error}")
    if not isinstance(found, dict) or not {"part", "rows"} <= found.keys():
        sys.exit(f"{file} is no report with rows of `groundswell bench ... --json`")
    return found


def peers(rows: Rows) -> Any:
    from matplotlib import pyplot as plt

    rows = sorted(rows, key=lambda row: row["macro"])
    figure, axes = plt.subplots(figsize=(8, 0.45 * len(rows) + 1))
    colours = [_colour(row["method"], row["online"]) for row in rows]
    bars = axes.barh([row["method"] for row in rows], [row["macro"] for row in rows], color=colours)
    axes.bar_label(bars, fmt="%.3f", padding=3)
    axes.set_xlim(0, 1.05)
    axes.set_xlabel("B-cubed F1, mean over the sets (sand: offline, sees all at once)")
    return figure


def growth(rows: Rows) -> Any:
    from matplotlib import pyplot as plt

    rows = sorted(rows, key=lambda row: row["live_stories"])
    figure, axes = plt.subplots(figsize=(7, 4))
    stories, ms = zip(*((row["live_stories"], row["cpu_ms_per_article"]) for row in rows), strict=True)
    axes.loglog(stories, ms, "-", marker="o", color=OURS)
    axes.annotate("measured", (stories[-1], ms[-1]), (-10, 2), textcoords="offset points", color=OURS, ha="right")
    axes.loglog(*zip(*GOAL, strict=True), ":", marker="s", color=GOAL_COLOUR)
    axes.annotate("goal", GOAL[1], (6, -14), textcoords="offset points", color=GOAL_COLOUR)
    axes.set_xlabel("live stories")
    axes.set_ylabel("ms of the processor an article, vectors given")
    axes.set_xticks([10**power for power in range(3, 7)], ["1,000", "10,000", "100,000", "1,000,000"])
    axes.set_yticks(marks := yticks((*ms, *(each for _, each in GOAL))), [f"{each:g}" for each in marks])
    axes.minorticks_off()
    axes.grid(True, which="major", alpha=0.3)
    return figure


def yticks(values: Sequence[float]) -> list[float]:
    """Powers of two, of which the first is not above the values and the last is not below."""
    marks = [2.0**power for power in range(-10, 21)]
    first = max(each for each in marks if each <= min(values))
    last = min(each for each in marks if each >= max(values))
    return [each for each in marks if first <= each <= last]


def _colour(method: str, online: bool) -> str:
    if method.startswith("Groundswell"):
        return OURS
    return ONLINE if online else OFFLINE


DRAWN: dict[str, Callable[[Rows], Any]] = {"peers": peers, "index": growth}
"""Part -> its picture."""


if __name__ == "__main__":
    main()
