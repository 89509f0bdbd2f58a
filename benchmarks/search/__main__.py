"""`python -m benchmarks.search [--among FILE]... [--stories N] [--json]`: what the board's search finds, and when.

Found: over the sample articles, alone or beside the stories of other files of articles (to encode 1,000 takes half
a minute), with each step and without, by words alone and by meaning too. Time: over made-up stories of 120 words,
drawn from 200,000 words as a language draws them (Zipf's law), and over made-up vectors.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from itertools import accumulate
from pathlib import Path
from statistics import quantiles

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.search.samples import Score, Trial, queries
from pipeline.domain.encoder import Encoder
from pipeline.domain.encoder.made import open_made
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.domain.search_index import SearchIndex, Steps
from pipeline.domain.search_meaning import MeaningIndex, QueryVectors

STEPS = {
    "beginnings of words": Steps(stems=False, scripts=False, slips=False),
    "and stems": Steps(scripts=False, slips=False),
    "and scripts": Steps(slips=False),
    "and slips: all": Steps(),
    "all but stems": Steps(stems=False),
    "all but scripts": Steps(scripts=False),
}
KINDS = ("plain", "form", "script", "slip", "paraphrase", "language")
WORDS, STORY_WORDS, REPEAT = 200_000, 120, 30


def main() -> None:
    """Print tables, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--among", type=Path, action="append", default=[], help="a file of other articles")
    parser.add_argument("--stories", type=int, default=20_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    encoder = open_made(MULTILINGUAL)
    trial = Trial(encoder, arguments.among)
    found = {name: trial.scores(steps) for name, steps in STEPS.items()}
    found["all, and by meaning"] = trial.scores(Steps(), meaning=True)
    times = measure(arguments.stories) | measure_meaning(arguments.stories, encoder)
    if arguments.json:
        print(json.dumps({"found": {name: told(each) for name, each in found.items()}, "ms": times}))
        return
    table = Table("steps", *KINDS, "wrong events a query")
    for name, each in found.items():
        table.add_row(name, *told(each).values())
    console = Console(width=132)
    console.print(table)
    console.print({name: f"{p50:.1f} ms, 99%: {p99:.1f} ms" for name, (p50, p99) in times.items()})


def told(found: Mapping[str, Score]) -> dict[str, str]:
    """The cells of a row."""
    cells = {kind: f"{found[kind].found} of {found[kind].wanted}" for kind in KINDS}
    asked = sum(each.queries for each in found.values())
    return cells | {"wrong": f"{sum(each.wrong for each in found.values()) / asked:.2f}"}


def measure(stories: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of processor time for a search, median and 99%, by kind of query."""
    rng = random.Random(1)
    words = [made_up(rng) for _ in range(WORDS)]
    weights = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))
    index = SearchIndex()
    for number in range(stories):
        text = rng.choices(words, cum_weights=weights, k=STORY_WORDS)
        latin, russian = ([word for word in text if word.isascii() is each] for each in (True, False))
        index.add(number, {"en": " ".join(latin), "ru": " ".join(russian)})
    index.find("warm")
    slips = [word[:3] + "q" + word[4:] for word in words[500:] if len(word) > 5]
    asked: dict[str, Callable[[], str]] = {
        "a word": lambda: rng.choice(words[:5_000]),
        "three words": lambda: " ".join(rng.sample(words[:2_000], 3)),
        "a slip": lambda: rng.choice(slips),
        "another script": lambda: "Краснолесье",
    }
    return {name: timed(index.find, make) for name, make in asked.items()}


def measure_meaning(stories: int, encoder: Encoder) -> dict[str, tuple[float, float]]:
    """The same for search by meaning: of a query that is new, and of one that was asked before."""
    vectors = np.random.default_rng(1).integers(-127, 128, (stories, encoder.dims), np.int8)
    index = MeaningIndex(QueryVectors(encoder))
    for number, vector in enumerate(vectors):
        index.add(number, encoder.name, b64encode(vector.tobytes()).decode())
    fresh = iter(queries())
    index.near("warm")
    return {
        "by meaning, new": timed(index.near, lambda: next(fresh).q),
        "by meaning, asked before": timed(index.near, lambda: "warm"),
    }


def timed(find: Callable[[str], object], make: Callable[[], str]) -> tuple[float, float]:
    """Of many searches."""
    spent = []
    for _ in range(REPEAT):
        query, started = make(), time.process_time()
        find(query)
        spent.append((time.process_time() - started) * 1_000)
    cuts = quantiles(spent, n=100)
    return cuts[49], cuts[98]


def made_up(rng: random.Random) -> str:
    """A word; one in five is Russian."""
    letters = ("бвгдзклмнпрст", "аеиоуя") if rng.random() < 0.2 else ("bcdfghklmnprst", "aeiou")
    return "".join(rng.choice(letters[place % 2]) for place in range(rng.randint(4, 11)))


if __name__ == "__main__":
    main()
