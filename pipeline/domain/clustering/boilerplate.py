"""What sites put under many articles: consent walls, newsletter boxes, "you have read your free articles".

Such a text is known by what it stands under: one sentence under several headlines without a common word tells of
none of them. It says nothing of the event either, and takes the room of what does: of words, of the vector, of the
likeness of two bodies.

Each process learns for itself and forgets at its end: no count hangs on it, and a few articles teach it anew.
Limits: the first articles above a new text keep it, and what changes with each article (a name, the words
of a link) is not known.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.terms import word_ids

HEADLINES, OF_OUTLET = 4, 2
"""Headlines without a common word under which a sentence is boilerplate: of any outlets, and of one outlet.
Reports of one event by several outlets quote the same words; one outlet seldom uses a sentence twice."""

MAX_SENTENCES = 100_000
"""Kept in memory; those met longest ago go first. Some 300 bytes each."""

MAX_READ = 60
"""Sentences of one text that are looked at; the clustering does not read what follows."""

COMMON = 0.01
"""A word of more than this share of all articles may stand in any headline."""

_SENTENCE = re.compile(r"[^.!?。！？\n]*(?:[.!?。！？\n]+[\"'”’»)]*\s*|\Z)")
_LEAST_CHARS = 12
"""Shorter pieces are cut-off abbreviations and numbers."""

Headline = tuple[frozenset[int], str | None]
"""Its rare words, and the outlet."""


class Boilerplate:
    """Learns from the articles that pass, and takes what it knows out of their texts. Not for several threads."""

    def __init__(self, term_shares: NDArray[np.float32], max_sentences: int = MAX_SENTENCES) -> None:
        """`term_shares`: see JoinModel."""
        self._common = frozenset(np.flatnonzero(term_shares >= COMMON).tolist())
        self._max = max_sentences
        self._headlines: OrderedDict[int, tuple[Headline, ...]] = OrderedDict()

    def strip(self, title: str, text: str, source: str | None) -> str:
        """The text without the sentences that stand under other headlines too. `source`: domain of the outlet."""
        headline = self._rare_words(title)
        pieces = [*islice(_SENTENCE.finditer(text), MAX_READ)]
        kept = [each.group() for each in pieces if not self._is_boilerplate(each.group(), headline, source)]
        rest = text[pieces[-1].end() :] if pieces else text
        return ("".join(kept) + rest).strip()

    def _is_boilerplate(self, sentence: str, headline: frozenset[int], source: str | None) -> bool:
        plain = " ".join(sentence.casefold().split())
        if len(plain) < _LEAST_CHARS or headline & self._rare_words(plain):
            return False
        others = self._learn(hash(plain), headline, source)
        return len(others) >= HEADLINES or sum(source == each for _, each in others) >= OF_OUTLET

    def _learn(self, key: int, headline: frozenset[int], source: str | None) -> tuple[Headline, ...]:
        """The headlines of the sentence, with this one where it is unlike the others."""
        others = self._headlines.pop(key, ())
        if len(others) < HEADLINES and headline and not any(headline & each for each, _ in others):
            others = (*others, (headline, source))
        self._headlines[key] = others
        if len(self._headlines) > self._max:
            self._headlines.popitem(last=False)
        return others

    def _rare_words(self, text: str) -> frozenset[int]:
        return word_ids(text) - self._common
