"""`python -m benchmarks.plot REPORT.json OUT.png`: a picture of what `groundswell bench` found (needs matplotlib).

Of `bench peers --json` a bar for each method, of `bench index --json` the time of a decision as live stories grow.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

OURS, ONLINE, OFFLINE = "#1f6f54", "#8aa5b5", "#d7c7a4"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plot", description=__doc__)
    parser.add_argument("report", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()

    report = json.loads(options.report.read_text(encoding="utf-8"))
    figure = {"peers": peers, "index": growth}[report["part"]](report["rows"])
    figure.tight_layout()
    figure.savefig(options.out, dpi=110)


def peers(rows: list[dict[str, Any]]) -> Any:
    from matplotlib import pyplot as plt

    rows = sorted(rows, key=lambda row: row["macro"])
    figure, axes = plt.subplots(figsize=(8, 0.45 * len(rows) + 1))
    colours = [_colour(row["method"], row["online"]) for row in rows]
    bars = axes.barh([row["method"] for row in rows], [row["macro"] for row in rows], color=colours)
    axes.bar_label(bars, fmt="%.3f", padding=3)
    axes.set_xlim(0, 1.05)
    axes.set_xlabel("B-cubed F1, mean over the sets (sand: offline, sees all at once)")
    return figure


def growth(rows: list[dict[str, Any]]) -> Any:
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4))
    stories = [row["live_stories"] for row in rows]
    for name, label, style in (
        ("ms_per_article", "by the clock", "--"),
        ("cpu_ms_per_article", "processor time", "-"),
    ):
        axes.loglog(stories, [row[name] for row in rows], style, marker="o", color=OURS, label=label)
    axes.loglog(*zip(*GOAL, strict=True), ":", marker="s", color=OFFLINE, label="goal")
    axes.set_xlabel("live stories")
    axes.set_ylabel("ms an article, vectors given")
    axes.grid(True, which="major", alpha=0.3)
    axes.legend()
    return figure


GOAL = ((10_000, 0.5), (100_000, 1.0), (1_000_000, 3.0))
"""Live stories and milliseconds."""


def _colour(method: str, online: bool) -> str:
    if method.startswith("Groundswell"):
        return OURS
    return ONLINE if online else OFFLINE


if __name__ == "__main__":
    main()
