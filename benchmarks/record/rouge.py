"""ROUGE-N (Lin 2004) of English texts: F1 of the runs of words that two texts share."""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"[a-z0-9]+")


def rouge(text: str, reference: str, words: int) -> float:
    """F1 over runs of this many words; 0 where either has none."""
    ours, theirs = _runs(text, words), _runs(reference, words)
    shared = (ours & theirs).total()
    return 2 * shared / (ours.total() + theirs.total()) if shared else 0.0


def _runs(text: str, words: int) -> Counter[tuple[str, ...]]:
    found = _WORD.findall(text.lower())
    return Counter(zip(*(found[start:] for start in range(words)), strict=False))
