"""A stream of made-up news: events are born, are told by many outlets for hours or days, and are told no more.

The words are made of syllables, so the news name nobody. Those of one event are alike, but no encoder knows
their words: this is load, and says nothing about the quality of the clustering.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.domain.records.article import Article

START = datetime(2025, 8, 15, 6, tzinfo=UTC)
"""When made-up news begin."""
DAY = timedelta(days=1)
OUTLETS = 40
SHARE_OF_NEW_EVENTS = 0.25
"""Of the articles; the others tell of an event that was told before."""
EVENT_DAYS = (0.1, 1.5)
"""An event is told for so long: at least, at most."""
_SYLLABLES = ("ba", "co", "dre", "fi", "gol", "ha", "ke", "lum", "mo", "nar", "pe", "qui", "ros", "sta", "vel")


@dataclass(frozen=True)
class _Event:
    words: list[str]
    until: datetime


def made_up_articles(per_day: int = 1_000, seed: int = 3) -> Iterator[Article]:
    """Articles without end, in the order of their dates, the same for the same arguments."""
    chance = random.Random(seed)
    events: list[_Event] = []
    for number in itertools.count():
        at = START + number * DAY / per_day
        events = [each for each in events if each.until > at]
        if not events or chance.random() < SHARE_OF_NEW_EVENTS:
            events.append(_Event(_words(chance, 8), at + chance.uniform(*EVENT_DAYS) * DAY))
        yield _article(number, chance.choice(events), at, chance)


def _article(number: int, event: _Event, at: datetime, chance: random.Random) -> Article:
    source = f"outlet{number % OUTLETS}.example"
    said = " ".join(chance.sample(event.words, 6))
    return Article(
        url=f"https://{source}/{number}", title=" ".join(event.words[:5]).capitalize(),
        text=f"{said}. {' '.join(_words(chance, 6))} {number}.", published_at=at, language="en",
    )  # fmt: skip


def _words(chance: random.Random, count: int) -> list[str]:
    return ["".join(chance.choices(_SYLLABLES, k=3)) for _ in range(count)]
