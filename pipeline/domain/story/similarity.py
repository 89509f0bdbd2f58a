"""How alike short texts of one language are: TF-IDF over the story itself, cosine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Matrix = NDArray[np.float64]

_SMALL = 65_536
"""Weights of a table up to which it is multiplied as it is, zeros and all: that of most stories."""


@dataclass(frozen=True)
class Likeness:
    """How alike texts are; both of shape (texts, texts)."""

    cosine: Matrix
    contained: Matrix
    """The part of the lighter text's weight that the other text has too."""

    def among(self, rows: Sequence[int]) -> Likeness:
        """Of these texts only, in this order."""
        block = np.ix_(rows, rows)
        return Likeness(self.cosine[block], self.contained[block])


def similarities(texts: Sequence[Sequence[str]], light: Set[str] = frozenset()) -> Likeness:
    """Compare all texts, given as terms.

    Terms weigh log(1 + texts / texts with the term), once per text: what all say still counts, since the
    aim is to find what is central, but a shared rare term counts more. `light` terms weigh half: two
    sentences that name the same speaker don't say the same for that. A text without terms is like none.
    """
    shared = _products(texts, light)
    squares = shared.diagonal().copy()
    squares[squares == 0] = 1.0
    return Likeness(
        cosine=shared / np.sqrt(np.outer(squares, squares)),
        contained=shared / np.minimum.outer(squares, squares),
    )


def _products(texts: Sequence[Sequence[str]], light: Set[str]) -> Matrix:
    """Of the term weights of each two texts; shape (texts, texts)."""
    sets = [sorted(set(text)) for text in texts]
    frequency = Counter(term for terms in sets for term in terms)
    columns = {term: number for number, term in enumerate(sorted(frequency))}
    known_by = np.array([frequency[term] for term in columns] or [1])
    heavy = np.array([0.5 if term in light else 1.0 for term in columns] or [0.0])
    weights = heavy * np.log1p(len(texts) / known_by)
    indices = np.array([columns[term] for terms in sets for term in terms], dtype=np.int64)
    lengths = np.array([len(terms) for terms in sets], dtype=np.int64)
    if len(sets) * len(weights) <= _SMALL:
        table: Matrix = np.zeros((len(sets), len(weights)))
        table[np.repeat(np.arange(len(sets)), lengths), indices] = weights[indices]
        return table @ table.T
    pointers = np.concatenate(([0], np.cumsum(lengths)))
    vectors = csr_array((weights[indices], indices, pointers), shape=(len(sets), len(weights)))
    products: Matrix = (vectors @ vectors.T).toarray()
    return products


def support(similarity: Matrix, owners: Sequence[str]) -> tuple[Matrix, list[str]]:
    """For each text, how well each owner's best text matches it; shape (texts, owners).

    Taking the best per owner keeps an outlet that says a thing five times from counting five times.
    """
    names = sorted(set(owners))
    best = np.zeros((similarity.shape[0], len(names)))
    position = {name: number for number, name in enumerate(names)}
    order = np.argsort([position[owner] for owner in owners], kind="stable")
    starts = np.searchsorted([position[owners[i]] for i in order], range(len(names)))
    if len(names):
        best = np.maximum.reduceat(similarity[:, order], starts, axis=1)
    return best, names


def recency(newest: Mapping[str, int], names: Sequence[str], oldest_weighs: float) -> Matrix:
    """A weight per owner: `oldest_weighs` for the one whose newest text is first, 1 for the last."""
    last = max(newest.values(), default=0) or 1
    weights: Matrix = np.array([oldest_weighs + (1 - oldest_weighs) * newest[name] / last for name in names])
    return weights
