"""What several outlets say in the same words: pairs of terms that follow each other.

The points of a story are to tell as much as they can of what many outlets tell, in few words (maximal coverage of
concepts, Gillick and Favre 2009): a pair weighs by the outlets that use it, and once it is told it weighs nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from pipeline.domain.story.material import Candidate, Item
from pipeline.domain.story.similarity import Matrix

_FEWEST_CHARS = 60
"""A shorter sentence takes no less room than one of so many."""


class Phrases:
    """The pairs of terms in a story's sentences that more than one outlet uses."""

    def __init__(self, candidates: Sequence[Candidate], items: Sequence[Item]) -> None:
        outlets: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        if len({item.source for item in items}) < 2:
            items = ()
        said = [_pairs(each.sentence.terms) if items else set() for each in candidates]
        for each, pairs in zip(candidates, said, strict=True):
            for pair in pairs:
                outlets[pair].add(each.item.source)
        for item in items:
            for pair in _pairs(item.reading.headline_terms):
                outlets[pair].add(item.source)
        column = {pair: place for place, pair in enumerate(sorted(p for p, by in outlets.items() if len(by) > 1))}
        self._weights = np.array([len(outlets[pair]) - 1.0 for pair in column] or [0.0])
        self._said = np.zeros((len(candidates), len(self._weights)))
        """Ones where the candidate says the phrase. Few phrases are shared, so that this is small."""
        for number, pairs in enumerate(said):
            self._said[number, [column[pair] for pair in pairs if pair in column]] = 1.0
        self._room = np.array([max(_FEWEST_CHARS, len(each.sentence.text)) for each in candidates])
        self._most = float((self._said @ self._weights / self._room).max(initial=0.0)) or 1.0

    def untold(self, told: Iterable[int]) -> Matrix:
        """How much each candidate tells in few words beside these; 1 for the best one when nothing is told."""
        left = self._weights.copy()
        for number in told:
            left[self._said[number] > 0.0] = 0.0
        share: Matrix = self._said @ left / self._room / self._most
        return share


def _pairs(terms: Sequence[str]) -> set[tuple[str, str]]:
    return set(pairwise(terms))
