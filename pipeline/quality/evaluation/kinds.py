"""Kinds of errors, each with the rule that tells it. The first rule that holds names the kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.model import read_term_shares
from pipeline.quality.evaluation.readings import Side

LARGE_EVENT = 10
"""Articles from which on an event is a large one."""

SAME_LANGUAGE = 0.2
"""Two sides with at most this share of pairs in one language have hardly one in common."""

COLUMN = 0.5
"""Share of either side's articles from which on it is a column."""

PASSAGE = 12
"""Shared shingles from which on two sides share a passage: about twenty words in one piece."""

MAINLY = 0.5
"""Share of the shared shingles that must be boilerplate."""

SAME_WORDS = 0.2
"""Likeness of words, weighted by their rarity in general, from which on two sides are told in the same form."""

SAME_MARKS = 0.5
"""Share of the smaller side's names and numbers up to which two sides are about something else."""

RAREST = 0.01
"""Share of articles of a word that no list knows."""


class Kind(StrEnum):
    """What went wrong between two stories of one event, or two events of one story."""

    LANGUAGE = "language"
    """An event was split along its languages, or events that have no language in common were joined."""
    LARGE_EVENT = "large_event"
    """An event of ten articles or more is in parts."""
    COLUMN = "column"
    """Issues of an outlet's column were joined: titles that differ only in digits, dates and weekdays."""
    LOOK_ALIKE = "look_alike"
    """Events of the same form were joined: the same words about other names, numbers or places."""
    BOILERPLATE = "boilerplate"
    """Events were joined by a passage that an outlet repeats elsewhere."""
    OTHER = "other"
    """None of these."""


@dataclass(frozen=True)
class Pair:
    """Two stories that have parts of one event, or two events that have parts in one story."""

    one: Side
    other: Side
    whole: int
    """Articles of all of the event, or of all of the story."""


Rule = Callable[[Pair], bool]


def kind_of_split(pair: Pair) -> Kind:
    """Why one event is in these two stories."""
    return _first_that_holds(_SPLIT_RULES, pair)


def kind_of_join(pair: Pair) -> Kind:
    """Why these two events are in one story."""
    return _first_that_holds(_JOIN_RULES, pair)


def is_along_languages(pair: Pair) -> bool:
    """The two sides have hardly a language in common."""
    shared = sum(count * pair.other.languages[language] for language, count in pair.one.languages.items())
    return shared <= SAME_LANGUAGE * pair.one.articles * pair.other.articles


def is_large_event(pair: Pair) -> bool:
    """The event has many articles."""
    return pair.whole >= LARGE_EVENT


def is_column(pair: Pair) -> bool:
    """Both sides consist of columns."""
    return all(side.columns >= COLUMN * side.articles for side in (pair.one, pair.other))


def is_boilerplate(pair: Pair) -> bool:
    """The two sides share a passage, and most of what they share is an outlet's and not an event's."""
    shared = pair.one.shingles & pair.other.shingles
    repeated = shared & (pair.one.boilerplate | pair.other.boilerplate)
    return len(shared) >= PASSAGE and len(repeated) >= MAINLY * len(shared)


def is_look_alike(pair: Pair) -> bool:
    """In a language of both, the two sides are told in the same words, and about other names and numbers."""
    return any(
        _same_form(pair.one.in_language(each), pair.other.in_language(each))
        for each in pair.one.languages.keys() & pair.other.languages.keys()
    )


def _same_form(one: Side, other: Side) -> bool:
    smaller = min(len(one.marked), len(other.marked))
    if smaller == 0 or len(one.marked & other.marked) > SAME_MARKS * smaller:
        return False
    shared, all_words = _weight(one.words & other.words), _weight(one.words | other.words)
    return shared > 0 and shared >= SAME_WORDS * all_words


_SPLIT_RULES = ((Kind.LANGUAGE, is_along_languages), (Kind.LARGE_EVENT, is_large_event))
_JOIN_RULES = (
    (Kind.COLUMN, is_column),
    (Kind.LOOK_ALIKE, is_look_alike),
    (Kind.BOILERPLATE, is_boilerplate),
    (Kind.LANGUAGE, is_along_languages),
)


def _first_that_holds(rules: Iterable[tuple[Kind, Rule]], pair: Pair) -> Kind:
    return next((kind for kind, holds in rules if holds(pair)), Kind.OTHER)


def _weight(words: frozenset[int]) -> float:
    """Sum of the words' weights: how rare each is in news in general, as far as is known."""
    return float(_rarity()[list(words)].sum())


@cache
def _rarity() -> NDArray[np.float32]:
    """Shape (TERM_BUCKETS,)."""
    return -np.log(np.maximum(read_term_shares(), RAREST))
