"""Prints, per size of story, what one revision costs: read anew, and with its articles read before.

`--encoder` also encodes articles of the same length with the encoder of the settings, and prints a record's
share of that. `--json` prints one object. Times are of the CPU, so that a busy machine matters less.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median

from pipeline.domain.story.analysis import forget
from pipeline.domain.story.build import build_record
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.testing.snapshots import MadeOutlets, story

SIZES = (10, 100, 1_000, 5_000)
ROUNDS = 5
ENCODED = 32


def build(snapshot: StorySnapshot) -> None:
    build_record(snapshot, MadeOutlets(), max_articles=500)


def milliseconds(snapshot: StorySnapshot, before: Callable[[], None]) -> float:
    spent = []
    for _ in range(ROUNDS):
        before()
        start = time.process_time()
        build(snapshot)
        spent.append((time.process_time() - start) * 1_000)
    return median(spent)


def measured() -> list[dict[str, float]]:
    build(story(50))
    rows = []
    for size in SIZES:
        snapshot = story(size)
        cold = milliseconds(snapshot, forget)
        build(snapshot)
        warm = milliseconds(snapshot, lambda: None)
        rows.append(
            {
                "members": size,
                "cold_ms": round(cold, 2),
                "warm_ms": round(warm, 2),
                "cold_ms_per_article": round(cold / size, 3),
            }
        )
    return rows


def encoding_ms() -> float:
    """CPU time to encode one article, all cores counted."""
    from pipeline.domain.encoder.loading import load_encoder
    from pipeline.settings import Settings

    encoder = load_encoder(Settings().encoder.model)
    texts = [f"{article.title}. {article.lead}" for article in story(ENCODED).articles]
    encoder.encode(texts[:4])
    start = time.process_time()
    encoder.encode(texts)
    return (time.process_time() - start) * 1_000 / ENCODED


def main() -> None:
    rows = measured()
    encoding = encoding_ms() if "--encoder" in sys.argv else None
    if "--json" in sys.argv:
        print(json.dumps({"rows": rows, "encoding_ms_per_article": encoding}))
        return
    for row in rows:
        growth = row["cold_ms"] / rows[0]["cold_ms"]
        print(
            f"{row['members']:>6} members: {row['cold_ms']:8.2f} ms read anew, {row['warm_ms']:8.2f} ms "
            f"read before, {row['cold_ms_per_article']:.3f} ms per article, {growth:5.1f} times the first"
        )
    if encoding is not None:
        print(f"encoding an article: {encoding:.2f} ms")
        for row in rows:
            anew, again = row["cold_ms_per_article"] / encoding, row["warm_ms"] / encoding
            print(
                f"{row['members']:>6} members: read anew a record costs {anew:.1%} of encoding its articles; "
                f"one more revision costs {again:.2f} of encoding one article"
            )


if __name__ == "__main__":
    main()
