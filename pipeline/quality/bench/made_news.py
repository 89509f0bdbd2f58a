"""Made-up news as load for the pipeline: articles of the usual length in ten languages, about events.

The sentences of one event share its place, its name and words of its own. This is load, and says nothing about
the quality of the clustering.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.domain.records.article import Article
from pipeline.quality.bench.made_words import made_words
from pipeline.quality.bench.texts import SENTENCES

START = datetime(2025, 8, 15, 6, tzinfo=UTC)
BETWEEN = timedelta(seconds=5)
OUTLETS = 40
SHARE_OF_NEW_EVENTS = 0.4
"""Of the articles; the others tell of one of the latest events, so that a story has 2.5 articles."""
LATEST_EVENTS = 100
OWN_WORDS = 24
TEXT_SENTENCES = (2, 5)


@dataclass(frozen=True)
class _Event:
    language: str
    slots: dict[str, str]
    words: list[str]


def made_news(count: int, run: str, seed: int = 3) -> list[Article]:
    """`count` articles in order of their dates; those of another `run` have other addresses and other events."""
    chance = random.Random(f"{seed} {run}")
    events: list[_Event] = []
    articles = []
    for number in range(count):
        if not events or chance.random() < SHARE_OF_NEW_EVENTS:
            events = [*events[1 - LATEST_EVENTS :], _event(chance)]
        articles.append(_article(chance, chance.choice(events), run, number))
    return articles


def _event(chance: random.Random) -> _Event:
    place, name = (each.capitalize() for each in made_words(chance, 2))
    slots = {"place": place, "name": name, "number": str(chance.randint(3, 9_000))}
    return _Event(chance.choice(list(SENTENCES)), slots, made_words(chance, OWN_WORDS))


def _article(chance: random.Random, event: _Event, run: str, number: int) -> Article:
    return Article(
        url=f"https://outlet{number % OUTLETS}.example/{run}/{number}",
        title=_sentence(chance, event, 3),
        text="\n".join(_sentence(chance, event, 8) for _ in range(chance.randint(*TEXT_SENTENCES))),
        published_at=START + number * BETWEEN,
        language=event.language,
    )


def _sentence(chance: random.Random, event: _Event, words: int) -> str:
    told = chance.choice(SENTENCES[event.language]).format(**event.slots)
    return f"{told} {' '.join(chance.sample(event.words, words)).capitalize()}."
