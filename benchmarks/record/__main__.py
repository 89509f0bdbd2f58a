"""Prints, per size of story, what one revision costs: read anew, and with its articles read before."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median

from benchmarks.record.corpus import MadeOutlets, story
from pipeline.story.analysis import forget
from pipeline.story.build import build_record
from pipeline.story.snapshot import StorySnapshot

SIZES = (10, 100, 1_000, 5_000)
ROUNDS = 7


def milliseconds(snapshot: StorySnapshot, before: Callable[[], None]) -> float:
    spent = []
    for _ in range(ROUNDS):
        before()
        start = time.process_time()
        build_record(snapshot, MadeOutlets(), max_articles=500)
        spent.append((time.process_time() - start) * 1_000)
    return median(spent)


def main() -> None:
    build_record(story(50), MadeOutlets(), max_articles=500)
    rows = []
    for size in SIZES:
        snapshot = story(size)
        cold = milliseconds(snapshot, forget)
        build_record(snapshot, MadeOutlets(), max_articles=500)
        warm = milliseconds(snapshot, lambda: None)
        rows.append({
            "members": size, "cold_ms": round(cold, 2), "warm_ms": round(warm, 2),
            "cold_ms_per_article": round(cold / size, 3),
        })
    if "--json" in sys.argv:
        print(json.dumps({"rows": rows}))
        return
    for row in rows:
        growth = row["cold_ms"] / rows[0]["cold_ms"]
        print(f"{row['members']:>6} members: {row['cold_ms']:8.2f} ms read anew, {row['warm_ms']:8.2f} ms "
              f"read before, {row['cold_ms_per_article']:.3f} ms per article, {growth:5.1f} times the first")


if __name__ == "__main__":
    main()
