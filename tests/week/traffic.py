"""A week of made-up news: events are born, grow over hours or days, and are told no more."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.support.samples import article

DAY_S = 86_400.0
START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
SYLLABLES = ("ba", "co", "dre", "fi", "gol", "ha", "ke", "lum", "mo", "nar", "pe", "qui", "ros", "sta", "vel")


@dataclass(frozen=True)
class Told:
    """One article, and when it came in."""

    at: float
    """Seconds since the epoch; also its date."""
    value: bytes


@dataclass
class _Event:
    words: list[str]
    until: float


def week(per_day: int, days: int = 7, seed: int = 3) -> Iterator[list[Told]]:
    """The articles of each day, in order. Traffic is the same every day."""
    chance = random.Random(seed)
    events: list[_Event] = []
    number = 0
    for day in range(days):
        told = []
        for share in range(per_day):
            at = START + (day + share / per_day) * DAY_S
            events = [each for each in events if each.until > at]
            if not events or chance.random() < 0.25:
                events.append(_Event(_words(chance, 8), at + chance.uniform(0.1, 1.5) * DAY_S))
            told.append(Told(at, _article(number, chance.choice(events), at, chance)))
            number += 1
        yield told


def _words(chance: random.Random, count: int) -> list[str]:
    return ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(count)]


def _article(number: int, event: _Event, at: float, chance: random.Random) -> bytes:
    said = " ".join(chance.sample(event.words, 6))
    date = datetime.fromtimestamp(at, UTC).isoformat()
    return article(
        number, f"outlet{number % 40}.example", title=" ".join(event.words[:5]).capitalize(),
        text=f"{said}. {' '.join(_words(chance, 6))} {number}.", published_at=date,
    )  # fmt: skip
