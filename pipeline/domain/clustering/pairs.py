"""Features of articles against kept members of stories, all pairs at once.

Following Miranda et al. 2018 and Saravanakumar et al. 2021, three views of likeness: meaning (dense vectors),
words (TF-IDF), time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.terms import NAME, NUMBER, Terms
from pipeline.domain.clustering.types import TERM_BUCKETS

PAIR_FEATURES = ("dense", "lexical", "log_hours", "names_apart", "numbers_apart")
"""Columns of `PairScorer.features`, in order."""

UNDATED_LOG_HOURS = float(np.log1p(24.0))
"""Stands in where either time is unknown: says neither that they are near in time nor that they are far."""

MAX_LOG_HOURS = float(np.log1p(120.0))
"""Beyond five days more time says no more; without the bound, sparse training sets teach that time is all."""

Idf = NDArray[np.float32]
"""Shape (TERM_BUCKETS,): rarity of each term."""


@dataclass(frozen=True)
class MemberStack:
    """Members of one or more stories in stacked arrays."""

    vectors: NDArray[np.float32]
    """Shape (n, dims)."""
    ids: NDArray[np.int32]
    """Shape (n_terms,): the members' terms, one member after the other."""
    weights: NDArray[np.float32]
    """Shape (n_terms,)."""
    marks: NDArray[np.uint8]
    """Shape (n_terms,)."""
    lengths: NDArray[np.int64]
    """Shape (n,): how many terms each member has; never 0 (see `stack`)."""
    times: NDArray[np.float64]
    """Shape (n,): seconds since the epoch, NaN where undated."""

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Shape (n,): where each member's terms begin."""
        return np.concatenate(([0], np.cumsum(self.lengths)[:-1]))


def stack(members: Sequence[LiveMember]) -> MemberStack:
    """Stack the members. One without terms gets a term of no weight, so that no segment is empty."""
    said = [each.terms if each.terms.ids.size else _NO_TERMS for each in members]
    times = np.array([np.nan if each.published_at is None else each.published_at for each in members])
    if len(members) == 1:  # most stories are: nothing is copied
        (own,) = said
        vectors, lengths = members[0].vector[None, :], np.array([own.ids.size])
        return MemberStack(vectors, own.ids, own.weights, own.marks, lengths, times)
    return MemberStack(
        vectors=np.stack([each.vector for each in members]),
        ids=np.concatenate([each.ids for each in said]),
        weights=np.concatenate([each.weights for each in said]),
        marks=np.concatenate([each.marks for each in said]),
        lengths=np.array([each.ids.size for each in said]),
        times=times,
    )


_NO_TERMS = Terms(
    ids=np.zeros(1, dtype=np.int32), weights=np.zeros(1, dtype=np.float32), marks=np.zeros(1, dtype=np.uint8)
)


def concatenated(stacks: Sequence[MemberStack]) -> MemberStack:
    """Several stacks as one."""
    if len(stacks) == 1:
        return stacks[0]
    return MemberStack(
        vectors=np.concatenate([each.vectors for each in stacks]),
        ids=np.concatenate([each.ids for each in stacks]),
        weights=np.concatenate([each.weights for each in stacks]),
        marks=np.concatenate([each.marks for each in stacks]),
        lengths=np.concatenate([each.lengths for each in stacks]),
        times=np.concatenate([each.times for each in stacks]),
    )


class PairScorer:
    """Computes pair features; owns scratch memory, so one per thread."""

    def __init__(self) -> None:
        self._columns = np.zeros(TERM_BUCKETS, dtype=np.int32)

    def features(
        self, articles: MemberStack, others: MemberStack, owners: NDArray[np.int64], idf: Idf
    ) -> NDArray[np.float32]:
        """Each of `others` with the article that owns it. Shape (n, len(PAIR_FEATURES)).

        `owners` has shape (n,): for each of `others` the row of `articles` that it is compared with. What comes
        out for a pair depends on nothing else that is compared.
        """
        own, theirs = _Said(articles, idf), _Said(others, idf)
        weights, marks = self._tables(articles, others, owners)
        columns = [
            np.einsum("ij,ij->i", others.vectors, articles.vectors[owners]),
            _cosines(own, theirs, owners, weights),
            _log_hours_between(articles.times[owners], others.times),
            _apart(own, theirs, owners, marks, NAME),
            _apart(own, theirs, owners, marks, NUMBER),
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    def _tables(
        self, articles: MemberStack, others: MemberStack, owners: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """For each term of `others` its weight and its marks in the article that owns it, 0 where it has none.

        Two small tables of articles by the terms of any of them: column 0 is for all other terms.
        """
        vocabulary = np.unique(articles.ids)
        self._columns[vocabulary] = np.arange(1, vocabulary.size + 1)
        where = np.repeat(np.arange(articles.lengths.size), articles.lengths), self._columns[articles.ids]
        asked = np.repeat(owners, others.lengths), self._columns[others.ids]
        self._columns[vocabulary] = 0
        weights = np.zeros((articles.lengths.size, vocabulary.size + 1), dtype=np.float32)
        marks = np.zeros(weights.shape, dtype=np.uint8)
        weights[where] = articles.weights
        marks[where] = articles.marks | _SAID
        return weights[asked], marks[asked]


_SAID = np.uint8(128)
"""Beside the marks of terms: the article has the term at all."""


class _Said:
    """What members say, by how telling it is in this stream."""

    def __init__(self, members: MemberStack, idf: Idf) -> None:
        self.starts = members.starts
        self.marks = members.marks
        self.rarity = idf[members.ids]
        self.mass = members.weights * self.rarity

    def sums(self, terms: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sums over each member's terms, shape (n,)."""
        total: NDArray[np.float32] = np.add.reduceat(terms, self.starts)
        return total

    def norms(self) -> NDArray[np.float32]:
        """Lengths of the TF-IDF vectors, shape (n,)."""
        lengths: NDArray[np.float32] = np.sqrt(self.sums(self.mass * self.mass))
        return lengths

    def marked(self, mark: int) -> NDArray[np.float32]:
        """Rarity of the terms with this mark, 0 for others, shape (n_terms,)."""
        rarity: NDArray[np.float32] = self.rarity * ((self.marks & mark) != 0)
        return rarity


def _cosines(
    own: _Said, theirs: _Said, owners: NDArray[np.int64], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Cosine of the TF-IDF vectors, shape (n,). `weights`: of their terms, in the article."""
    products = theirs.sums(weights * theirs.rarity * theirs.mass)
    cosines: NDArray[np.float32] = products / np.maximum(theirs.norms() * own.norms()[owners], 1e-6)
    return cosines


def _apart(
    own: _Said, theirs: _Said, owners: NDArray[np.int64], marks: NDArray[np.uint8], mark: int
) -> NDArray[np.float32]:
    """How far the terms of this mark contradict, shape (n,): 1 minus the overlap coefficient of their rarity.

    0 where either side has none: what is not said contradicts nothing. A word that is a name on one side may begin
    a sentence on the other: any shared term counts. `marks`: of their terms, in the article.
    """
    marked = theirs.marked(mark)
    said, said_by_own = theirs.sums(marked), own.sums(own.marked(mark))[owners]
    shared_with_own = theirs.sums(marked * (marks != 0))
    shared_with_other = theirs.sums(theirs.rarity * ((marks & mark) != 0))
    overlap = np.maximum(
        shared_with_own / np.maximum(said, 1e-6), shared_with_other / np.maximum(said_by_own, 1e-6)
    )
    both = (said > 0.0) & (said_by_own > 0.0)
    apart: NDArray[np.float32] = np.where(both, 1.0 - np.minimum(overlap, 1.0), 0.0)
    return apart


def _log_hours_between(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(1 + hours), at most MAX_LOG_HOURS, shape (n,)."""
    logs = np.minimum(np.log1p(np.abs(other - one) / 3_600.0), MAX_LOG_HOURS)
    return np.where(np.isnan(logs), UNDATED_LOG_HOURS, logs)
