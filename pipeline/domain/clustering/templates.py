"""Headlines written to one pattern: "A quarterly profit rose 7%", "Man stabbed in B", "Match report: C v D".

Events of one kind are told in the same words, and likeness glues them. What tells them apart is what fills the
pattern. A headline follows a pattern where another one, of any outlet, has the same words around other names; then
a story that doesn't tell its names is about another event.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.calendar_words import calendar_words
from pipeline.domain.clustering.terms import STEM_CHARS, WORD, bucket, capitalises_all

MIN_PATTERN_WORDS = 2
"""Fewer words around the names are no pattern: "A beats B"."""

TOLD = 0.6
"""Share of the names, by squared rarity, that a story about the same event tells at least."""

_OUTLET = re.compile(r"\s+[|–—-]\s+[^|–—-]{2,40}$")
"""An outlet's name that ends the headline."""
_SCORE = re.compile(r"(?<![\d.,])\d{1,3}\s?[-–:]\s?\d{1,3}(?![\d.,])")
"""A result is a pattern by itself: "C 3-1 D"."""

Idf = NDArray[np.float32]


@dataclass(frozen=True)
class Template:
    """A headline as a pattern and what fills it."""

    pattern: int
    """CRC-32 of the words around the names and numbers; 0 where there is no pattern."""
    names: tuple[int, ...]
    """Buckets of the words that are written as names (see `terms.bucket`), ascending."""


NO_TEMPLATE = Template(0, ())


def template(title: str, language: str) -> Template:
    """The pattern of a headline; none where names can't be told or too few words are left around them."""
    headline, scores = _SCORE.subn(" - ", _OUTLET.sub("", title))
    words = [each for each in WORD.findall(headline) if each.casefold() not in calendar_words(language)]
    if capitalises_all(words) and not scores:
        return NO_TEMPLATE
    names = {bucket(each.casefold()[:STEM_CHARS]) for each in words if each[0].isupper()}
    around = [each.casefold() for each in words if not each[0].isupper() and not each[0].isdigit()]
    if not names or len(around) + MIN_PATTERN_WORDS * scores < MIN_PATTERN_WORDS:
        return NO_TEMPLATE
    pattern = zlib.crc32(" ".join([*around, *["-"] * scores]).encode("utf-8", "surrogatepass"))
    return Template(pattern, tuple(sorted(names)))


def told(names: tuple[int, ...], terms: NDArray[np.int32], idf: Idf) -> float:
    """Share of the names, by squared rarity, that are among the terms; 1 where there are no names."""
    ids = np.array(names, dtype=np.int64)
    weights = idf[ids] ** 2
    return float(weights[np.isin(ids, terms)].sum() / weights.sum()) if names else 1.0
