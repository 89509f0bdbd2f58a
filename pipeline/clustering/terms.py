"""Terms of an article: hashed words with a weight and with what kind of word they are.

Words are hashed so that every language shares one table of bounded size; two words in one bucket are rare
(2**18 buckets) and cost a little precision, never correctness.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.types import TERM_BUCKETS

BODY_WORDS = 150
"""Words of the body that are read; the rest of a long text repeats or wanders off."""

MAX_TERMS = 96
"""Terms kept of one article: all of the title first, then the most frequent of the body."""

STEM_CHARS = 7
"""Words are cut here: a stemmer for every language, good enough for "elected" and "election"."""

IN_TITLE, CAPITAL, NUMBER = 1, 2, 4
"""Kinds of a term, as bits."""

_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts written without spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""
_SENTENCE_END = frozenset(".!?:;\n\"“”„»«|")
_COUNTER_BUCKETS = 1
"""Bucket 0 counts the articles themselves."""


@dataclass(frozen=True)
class Terms:
    """Distinct terms of one article; three arrays of shape (n_terms,)."""

    ids: NDArray[np.int32]
    """Buckets, ascending."""
    weights: NDArray[np.float32]
    """Dampened frequency, title counted double; exact in float16, which is how it is stored."""
    kinds: NDArray[np.uint8]
    """Bits IN_TITLE, CAPITAL and NUMBER."""


def bucket(term: str) -> int:
    """Where a term is counted. The same on every machine and in every run."""
    hashed = zlib.crc32(term.encode("utf-8", "surrogatepass"))
    return _COUNTER_BUCKETS + hashed % (TERM_BUCKETS - _COUNTER_BUCKETS)


def article_terms(title: str, text: str) -> Terms:
    """Terms of the title and of the first BODY_WORDS of the body."""
    counts: dict[str, float] = {}
    kinds: dict[str, int] = {}
    capitals_tell = not _headline_case(title)
    for term, capital in _words(title, 64):
        counts[term] = counts.get(term, 0.0) + 2.0
        kinds[term] = kinds.get(term, 0) | IN_TITLE | _kind(term, capital and capitals_tell)
    for term, capital in _words(text[: 12 * BODY_WORDS], BODY_WORDS):
        counts[term] = counts.get(term, 0.0) + 1.0
        kinds[term] = kinds.get(term, 0) | _kind(term, capital)
    return _pack(counts, kinds)


def _pack(counts: dict[str, float], kinds: dict[str, int]) -> Terms:
    kept = sorted(counts, key=lambda term: (-(kinds[term] & IN_TITLE), -counts[term]))[:MAX_TERMS]
    by_bucket = {bucket(term): term for term in kept}
    ids = np.array(sorted(by_bucket), dtype=np.int32)
    terms = [by_bucket[int(each)] for each in ids]
    weights = 1.0 + np.log(np.array([counts[term] for term in terms], dtype=np.float32).clip(1.0))
    return Terms(
        ids=ids,
        weights=weights.astype(np.float16).astype(np.float32),
        kinds=np.array([kinds[term] for term in terms], dtype=np.uint8),
    )


def _kind(term: str, capital: bool) -> int:
    return NUMBER if term[0].isdigit() else CAPITAL * capital


def _words(text: str, limit: int) -> Iterator[tuple[str, bool]]:
    """Stems with whether they were capitalised inside a sentence, at most `limit` words."""
    for count, match in enumerate(_WORD.finditer(text)):
        if count >= limit:
            return
        word = match.group()
        if _UNSPACED.match(word):
            yield from ((pair, True) for pair in _pairs(word))
            continue
        capital = word[0].isupper() and _inside_sentence(text, match.start())
        yield word.casefold()[:STEM_CHARS], capital


def _pairs(run: str) -> Iterator[str]:
    """Overlapping pairs of characters: the usual stand-in for words in unspaced scripts."""
    yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))


def _inside_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 3) : start].rstrip(" \t'’(")
    return bool(before) and before[-1] not in _SENTENCE_END


def _headline_case(title: str) -> bool:
    """Whether Most Words Bear a Capital, so that a capital says nothing."""
    long_words = [word for word in title.split() if len(word) > 3 and word[0].isalpha()]
    capitals = sum(word[0].isupper() for word in long_words)
    return len(long_words) > 2 and capitals > 0.7 * len(long_words)
