"""Terms of an article: hashed words with a weight.

Words are hashed so that every language shares one table of bounded size; two words in one bucket are rare
(2**18 buckets) and cost a little precision, never correctness.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.types import TERM_BUCKETS
from pipeline.domain.writing import UNSPACED, character_pairs, first_words

BODY_WORDS = 150
"""Words of the body that are read; the rest of a long text repeats or wanders off."""

TITLEWORDS = 64
"""Words of the title that are read."""

MAX_TERMS = 96
"""Terms kept of one article: all of the title first, then the most frequent of the body."""

STEM_CHARS = 7
"""Words are cut here: a stemmer for every language, good enough for "governor" and "governors"."""

NAME, NUMBER, TITLE = 1, 2, 4
"""Marks of terms. Names and numbers say who, where or how many: what differs where two events are told in the same
words. The title says what the article is about, whatever it quotes."""

WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")
_NAME = re.compile(r" (?<=[^.!?:…\"'“”‘’«»—–\s] ) *([A-ZÀ-ÖØ-ÞĀ-Ž][^\W\d_]+)")
"""A Latin word with a capital that does not begin a sentence. Other scripts are written otherwise in the next
language, so that a missing name there contradicts nothing."""

_MOSTLY = 0.6
"""From this share of capitals on, a headline capitalises all its words and names can't be told in it."""

_COUNTS = np.arange(1, 32, dtype=np.float32)
WEIGHTS = np.append(np.float32(0.0), 1.0 + np.log(_COUNTS)).astype(np.float16).astype(np.float32)
"""Shape (32,): weight of a term by how often it is said; more often says no more."""

_COUNTER_BUCKETS = 1
"""Bucket 0 counts the articles themselves."""


@dataclass(frozen=True)
class Terms:
    """Distinct terms of one article; two arrays of shape (n_terms,)."""

    ids: NDArray[np.int32]
    """Buckets, ascending."""
    weights: NDArray[np.float32]
    """Dampened frequency, title counted double; of WEIGHTS."""
    marks: NDArray[np.uint8]
    """NAME or NUMBER, and TITLE, as flags."""

    def marked(self, mark: int) -> NDArray[np.int32]:
        """Ids of the terms with this mark."""
        chosen: NDArray[np.int32] = self.ids[(self.marks & mark) != 0]
        return chosen


@lru_cache(maxsize=65_536)
def bucket(term: str) -> int:
    """Where a term is counted. The same on every machine and in every run."""
    hashed = zlib.crc32(term.encode("utf-8", "surrogatepass"))
    return _COUNTER_BUCKETS + hashed % (TERM_BUCKETS - _COUNTER_BUCKETS)


def article_terms(title: str, text: str) -> Terms:
    """Terms of the title and of the first BODY_WORDS of the body."""
    body = text[: 12 * BODY_WORDS]
    in_title = Counter(_words(title, TITLEWORDS))
    counts: Counter[str] = Counter(_words(body, BODY_WORDS))
    for term, count in in_title.items():
        counts[term] += 2 * count
    kept = sorted(counts, key=lambda term: (term not in in_title, -counts[term]))[:MAX_TERMS]
    by_bucket = {bucket(term): term for term in kept}
    ids = sorted(by_bucket)
    terms = [by_bucket[each] for each in ids]
    said = np.array([counts[each] for each in terms], dtype=np.int64)
    names = _names(title, body)
    marks = [
        (NAME if each in names else NUMBER if each[0].isdigit() else 0) | (TITLE if each in in_title else 0)
        for each in terms
    ]
    return Terms(
        ids=np.array(ids, dtype=np.int32),
        weights=WEIGHTS[np.minimum(said, WEIGHTS.size - 1)],
        marks=np.array(marks, dtype=np.uint8),
    )


def word_ids(text: str) -> frozenset[int]:
    """Buckets of the first BODY_WORDS words of a text."""
    return frozenset(bucket(each) for each in _words(text, BODY_WORDS))


def capitalises_all(words: Sequence[str]) -> bool:
    """Whether a headline is written with capitals throughout, so that names can't be told in it."""
    letters = [each for each in words if each[0].isalpha()]
    return sum(each[0].isupper() for each in letters) > _MOSTLY * len(letters)


def _names(title: str, body: str) -> set[str]:
    """Stems of the words that are written as names."""
    found = _NAME.findall(body) + ([] if capitalises_all(title.split()) else _NAME.findall(title))
    return {each.casefold()[:STEM_CHARS] for each in found}


def _words(text: str, limit: int) -> list[str]:
    """Stems, of at most `limit` words."""
    # Lower case changes each character by itself, so that all words are changed at once; none has a space.
    words = " ".join(first_words(WORD, text, limit))
    if UNSPACED.search(words):
        return [stem for word in words.split(" ") for stem in _stems(word)]
    return [word[:STEM_CHARS] for word in words.casefold().split(" ")] if words else []


def _stems(word: str) -> Iterator[str]:
    """The word's stem, or the pairs of characters that stand in for it."""
    if UNSPACED.match(word):
        yield from character_pairs(word)
    else:
        yield word.casefold()[:STEM_CHARS]
