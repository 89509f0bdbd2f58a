"""A made-up stream whose vectors lie as real ones do, at any length: seeded, without any text of the press.

Real vectors, once centred, fill few of their dimensions: `SHARES` is how the variance of the shipped samples and
of a larger set spreads over them (as if of about 55 dimensions). An article is its event with some noise. On the
shipped samples two articles of one event have a similarity of .35 to .88 (5% to 95%, median .55), two of different
ones of -.05 to .30 (1 in 1,000 above .46); what this stream has is reported with each run.
Headlines of one event share two of their rarest words (`RareWords`) as often as real ones do: .31 of them, and .25
to .42 in four development sets.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.stream import PRIOR_WEIGHT, Means, StreamState
from pipeline.domain.clustering.types import EncodedArticle
from pipeline.quality.bench.made_words import common_words, made_words

DIMS = 384
SHARES = ((1, 0.066), (2, 0.048), (4, 0.033), (8, 0.022), (16, 0.0145), (32, 0.008), (64, 0.0037), (128, 0.0013),
          (256, 0.0002), (384, 0.0001))  # fmt: skip
"""Of all variance in the nth dimension, read between these."""
COMMON = 0.3
"""What all articles share after centring."""
NOISE = (0.35, 1.2)
"""Of an article beside its event, at least and at most."""
LANGUAGE = "en"
SIZES = (0.75, 0.12, 0.06, 0.04, 0.03)
"""Shares of events with one article, two, ...: most stories are singletons."""
ARTICLES_PER_EVENT = sum((more + 1) * share for more, share in enumerate(SIZES))
START_S, LASTS_S = 1_755_000_000.0, 4 * 86_400.0
"""When the stream begins, and how long it takes however long it is: less than the quiet time of a story."""
EVENT_WORDS, EVENT_NAMES, EVENT_NUMBERS, COMMON_WORDS = 24, 8, 3, 40
"""Words, names and numbers of an event, two thirds of which an article has; common words of an article."""


@dataclass(frozen=True)
class MadeWords:
    """Of an event, or of an article about it."""

    words: list[str]
    names: list[str]
    """Written with a capital; numbers too."""


@dataclass(frozen=True)
class MadeArticle:
    """An article as the clustering takes it, and what it was made from."""

    encoded: EncodedArticle
    event: int
    centred: NDArray[np.float32]


class MadeStream:
    """Events by number, each the same in every process and run."""

    def __init__(self, means: Means, events: int) -> None:
        """Means of languages as the join model has them: real vectors lie around those."""
        self._mean = means[LANGUAGE]
        self._between_s = LASTS_S / (events * ARTICLES_PER_EVENT)
        at, share = np.array(SHARES).T
        variance = np.exp(np.interp(np.log(np.arange(1, DIMS + 1)), np.log(at), np.log(share)))
        turn, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((DIMS, DIMS)))
        self._spread = (np.sqrt(variance)[:, None] * turn.T).astype(np.float32)
        self._common = unit(np.random.default_rng(1).standard_normal(DIMS).astype(np.float32) @ self._spread)

    def event(self, number: int) -> NDArray[np.float32]:
        """Vector of the event of this number, centred, unit length."""
        return unit(self._drawn(np.random.default_rng([2, number])) + np.float32(COMMON) * self._common)

    def size(self, number: int) -> int:
        """How many articles an event has when the live stories are filled."""
        return 1 + int(np.random.default_rng([3, number]).choice(len(SIZES), p=SIZES))

    def article(self, event: int, copy: int, at: int) -> MadeArticle:
        """The article of this event and number in it; `at` is its place in the whole stream, which dates it."""
        seed = np.random.default_rng([4, event, copy])
        noise = np.float32(seed.uniform(*NOISE))
        centred = unit(self.event(event) + noise * self._drawn(seed))
        open_part = np.float32(np.sqrt(1.0 - min(0.99, float(self._mean @ self._mean))))
        chance, about = _chance(event, copy), words_of(event)
        own = _chosen(about, chance)
        body = [*own.words, *own.names, *common_words(chance, COMMON_WORDS)]
        chance.shuffle(body)
        return MadeArticle(
            EncodedArticle(
                article_id=article_id(event, copy),
                title=_title(own, about),
                text=" ".join(body),
                language=LANGUAGE,
                source=f"outlet{chance.randrange(400)}.example",
                published_at=START_S + at * self._between_s,
                vector=unit(self._mean + open_part * centred),
            ),
            event,
            centred,
        )

    def articles(self, events: range) -> Iterator[MadeArticle]:
        """Of these events, one after the other's first, then the second ones, as far as they have so many."""
        sizes = {each: self.size(each) for each in events}
        at = self._articles_before(events.start)
        told = [(copy, each) for each in events for copy in range(sizes[each])]
        for place, (copy, each) in enumerate(sorted(told)):
            yield self.article(each, copy, at + place)

    def state(self, events: int) -> StreamState:
        """The stream after so many events, all swept, with the mean that the model has."""
        seen, weight = self._articles_before(events), PRIOR_WEIGHT
        return StreamState({LANGUAGE: weight}, {LANGUAGE: np.float32(weight) * self._mean}, seen=seen, swept=seen)

    def _articles_before(self, event: int) -> int:
        return int(event * ARTICLES_PER_EVENT)

    def vectors(self, count: int, seed: int = 5) -> NDArray[np.float32]:
        """Of so many events at once, not those that have numbers. Shape (count, DIMS), centred, unit length."""
        drawn = np.random.default_rng(seed).standard_normal((count, DIMS), dtype=np.float32) @ self._spread
        return unit(unit(drawn) + np.float32(COMMON) * self._common)

    def about(self, vectors: NDArray[np.float32], seed: int = 6) -> NDArray[np.float32]:
        """An article about each of these events, of the same shape."""
        random = np.random.default_rng(seed)
        drawn = unit(random.standard_normal(vectors.shape, dtype=np.float32) @ self._spread)
        return unit(vectors + random.uniform(*NOISE, (len(vectors), 1)).astype(np.float32) * drawn)

    def _drawn(self, seed: np.random.Generator) -> NDArray[np.float32]:
        return unit(seed.standard_normal(DIMS, dtype=np.float32) @ self._spread)


def words_of(event: int) -> MadeWords:
    """The words of the event of this number."""
    chance = random.Random(event)
    names = [each.capitalize() for each in made_words(chance, EVENT_NAMES)]
    numbers = map(str, chance.sample(range(9_999), EVENT_NUMBERS))
    return MadeWords(made_words(chance, EVENT_WORDS), [*names, *numbers])


def headline(event: int, copy: int) -> str:
    """That of an article, as `MadeStream.article` has it."""
    about = words_of(event)
    return _title(_chosen(about, _chance(event, copy)), about)


def _chance(event: int, copy: int) -> random.Random:
    return random.Random(event * 1_000 + copy)


def _chosen(about: MadeWords, chance: random.Random) -> MadeWords:
    """What an article has of its event's words."""
    words, names = (chance.sample(each, len(each) * 2 // 3) for each in (about.words, about.names))
    return MadeWords(words, names)


def _title(own: MadeWords, about: MadeWords) -> str:
    return " ".join(["The", *_told(own.words, about.words, 3, 5), *_told(own.names, about.names, 1, 2)])


def _told(own: list[str], of_event: list[str], first: int, count: int) -> list[str]:
    """What a headline says of an article's words: the first ones of the event that it has, then others."""
    leading = [each for each in of_event if each in own][:first]
    return [*leading, *(each for each in own if each not in leading)][:count]


def article_id(event: int, copy: int) -> str:
    """As long as a story id, which it becomes where the article opens a story."""
    return f"{event:012d}{copy:08d}"


def event_of(story_id: str) -> int | None:
    """The event of the article that opened the story; None of one that a split opened, whose id is a digest."""
    return int(story_id[:12]) if story_id.isdecimal() else None


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each of length 1: one, or a row each."""
    scaled: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
    return scaled
