"""`python -m benchmarks.peers.plot ROWS.json OUT.png`: a bar for each method (needs matplotlib)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def _colour(method: str, online: bool) -> str:
    if method.startswith("Groundswell"):
        return "#1f6f54"
    return "#8aa5b5" if online else "#d7c7a4"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.plot", description=__doc__)
    parser.add_argument("rows", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()

    from matplotlib import pyplot as plt  # type: ignore[import-not-found]

    rows = sorted(json.loads(options.rows.read_text(encoding="utf-8")), key=lambda row: row["macro"])
    figure, axes = plt.subplots(figsize=(8, 0.45 * len(rows) + 1))
    colours = [_colour(row["method"], row["online"]) for row in rows]
    bars = axes.barh([row["method"] for row in rows], [row["macro"] for row in rows], color=colours)
    axes.bar_label(bars, fmt="%.3f", padding=3)
    axes.set_xlim(0, 1.05)
    axes.set_xlabel("B-cubed F1, mean over the sets (sand: offline, sees all at once)")
    figure.tight_layout()
    figure.savefig(options.out, dpi=110)


if __name__ == "__main__":
    main()
