"""Prints, per size of story, what one revision costs: read anew, and with its articles read before.

`--encoder` also encodes articles of the same length with the encoder of the settings, and prints a record's
share of that, and what telling sentences apart by their meaning adds to a record. `--json` prints
one object. Times are of the CPU, so that a busy machine matters less.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median

from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.story.analysis import forget
from pipeline.domain.story.build import build_record
from pipeline.domain.story.meaning import SaysAgain, SentenceMeaning, by_words
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.testing.snapshots import MadeOutlets, story

SIZES = (10, 100, 1_000, 5_000)
ROUNDS = 5
ENCODED = 32


def build(snapshot: StorySnapshot, says_again: SaysAgain = by_words) -> None:
    build_record(snapshot, MadeOutlets(), max_articles=500, says_again=says_again)


def milliseconds(snapshot: StorySnapshot, before: Callable[[], None], says_again: SaysAgain = by_words) -> float:
    spent = []
    for _ in range(ROUNDS):
        before()
        start = time.process_time()
        build(snapshot, says_again)
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


def loaded() -> Encoder:
    from pipeline.domain.encoder.loading import load_encoder
    from pipeline.settings import Settings

    return load_encoder(Settings().encoder.model)


def by_meaning(encoder: Encoder) -> list[dict[str, float]]:
    """What a record costs whose sentences were never encoded, and one whose were, in milliseconds."""
    rows = []
    for size in SIZES:
        snapshot, meaning = story(size), SentenceMeaning(encoder)
        build(snapshot)
        new = milliseconds(snapshot, meaning.forget, meaning.says_again)
        known = milliseconds(snapshot, lambda: None, meaning.says_again)
        rows.append(
            {"members": size, "new_ms": round(new, 2), "known_ms": round(known, 2), "sentences": meaning.kept}
        )
    return rows


def encoding_ms(encoder: Encoder) -> float:
    """CPU time to encode one article, all cores counted."""
    texts = [f"{article.title}. {article.lead}" for article in story(ENCODED).articles]
    encoder.encode(texts[:4])
    start = time.process_time()
    encoder.encode(texts)
    return (time.process_time() - start) * 1_000 / ENCODED


def main() -> None:
    rows = measured()
    encoder = loaded() if "--encoder" in sys.argv else None
    encoding, meaning = (encoding_ms(encoder), by_meaning(encoder)) if encoder else (None, [])
    if "--json" in sys.argv:
        print(json.dumps({"rows": rows, "encoding_ms_per_article": encoding, "by_meaning": meaning}))
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
    for each in meaning:
        new, known = f"{each['new_ms']:.2f} ms", f"{each['known_ms']:.2f} ms"
        sentences = f"{each['sentences']} sentences to encode"
        print(f"{each['members']:>6} members, by meaning: {new} with {sentences}, {known} once they are encoded")


if __name__ == "__main__":
    main()
