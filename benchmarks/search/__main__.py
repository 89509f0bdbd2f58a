"""`python -m benchmarks.search [--stories N] [--json]`: what the board's search finds, and how long it takes.

Found: over the sample articles, with each step and without. Time: over made-up stories of 120 words, drawn from
200,000 words as a language draws them (Zipf's law).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from itertools import accumulate
from statistics import quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.search.samples import Score, scores
from pipeline.domain.search_index import SearchIndex, Steps

STEPS = {
    "beginnings of words": Steps(stems=False, scripts=False, slips=False),
    "and stems": Steps(scripts=False, slips=False),
    "and scripts": Steps(slips=False),
    "and slips: all": Steps(),
    "all but stems": Steps(stems=False),
    "all but scripts": Steps(scripts=False),
}
KINDS = ("plain", "form", "script", "slip")
WORDS, STORY_WORDS, REPEAT = 200_000, 120, 30


def main() -> None:
    """Print tables, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stories", type=int, default=20_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    found = {name: scores(steps) for name, steps in STEPS.items()}
    times = measure(arguments.stories)
    if arguments.json:
        print(json.dumps({"found": {name: told(each) for name, each in found.items()}, "ms": times}))
        return
    table = Table("steps", *KINDS, "wrong events a query")
    for name, each in found.items():
        table.add_row(name, *told(each).values())
    console = Console()
    console.print(table)
    console.print({name: f"{p50:.1f} ms, 99%: {p99:.1f} ms" for name, (p50, p99) in times.items()})


def told(found: dict[str, Score]) -> dict[str, str]:
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
    asked: dict[str, Any] = {
        "a word": lambda: rng.choice(words[:5_000]),
        "three words": lambda: " ".join(rng.sample(words[:2_000], 3)),
        "a slip": lambda: rng.choice(slips),
        "another script": lambda: "Краснолесье",
    }
    return {name: timed(index, make) for name, make in asked.items()}


def timed(index: SearchIndex, make: Any) -> tuple[float, float]:
    """Of many searches."""
    spent = []
    for _ in range(REPEAT):
        query, started = make(), time.process_time()
        index.find(query)
        spent.append((time.process_time() - started) * 1_000)
    cuts = quantiles(spent, n=100)
    return cuts[49], cuts[98]


def made_up(rng: random.Random) -> str:
    """A word; one in five is Russian."""
    letters = ("бвгдзклмнпрст", "аеиоуя") if rng.random() < 0.2 else ("bcdfghklmnprst", "aeiou")
    return "".join(rng.choice(letters[place % 2]) for place in range(rng.randint(4, 11)))


if __name__ == "__main__":
    main()
