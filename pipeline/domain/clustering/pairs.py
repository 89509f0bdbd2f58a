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


@dataclass(frozen=True)
class Pairs:
    """Which articles are compared with which others; arrays of shape (n_pairs,)."""

    articles: NDArray[np.int64]
    """Row of the article in its stack."""
    others: NDArray[np.int64]
    """Row of the other in its stack."""


def stack(members: Sequence[LiveMember]) -> MemberStack:
    """Stack the members. One without terms gets a term of no weight, so that no segment is empty."""
    said = [each.terms if each.terms.ids.size else _NO_TERMS for each in members]
    times = np.array([np.nan if each.published_at is None else each.published_at for each in members])
    if len(members) == 1:  # most stories are: nothing is copied
        (own,) = said
        vectors, lengths = members[0].vector[None, :], np.array([own.ids.size])
        return MemberStack(vectors, own.ids, own.weights, own.marks, lengths, times)
    return MemberStack(
        vectors=in_rows([each.vector for each in members]),
        ids=np.concatenate([each.ids for each in said]),
        weights=np.concatenate([each.weights for each in said]),
        marks=np.concatenate([each.marks for each in said]),
        lengths=np.array([each.ids.size for each in said]),
        times=times,
    )


def in_rows(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Vectors of one length as the rows of a matrix: five times as fast as np.stack."""
    return np.concatenate(vectors).reshape(len(vectors), -1)


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

    def features(self, articles: MemberStack, others: MemberStack, pairs: Pairs, idf: Idf) -> NDArray[np.float32]:
        """One row for each pair. Shape (n_pairs, len(PAIR_FEATURES)).

        What comes out for a pair depends on nothing else that is compared.
        """
        own, theirs = _Said(articles, idf), _Said(others, idf)
        shared = self._shared(articles, others, pairs)
        columns = [
            np.einsum("ij,ij->i", others.vectors[pairs.others], articles.vectors[pairs.articles]),
            _cosines(own, theirs, pairs, shared),
            _log_hours_between(articles.times[pairs.articles], others.times[pairs.others]),
            _apart(own, theirs, pairs, shared, NAME),
            _apart(own, theirs, pairs, shared, NUMBER),
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    def _shared(self, articles: MemberStack, others: MemberStack, pairs: Pairs) -> _Shared:
        """The terms that both sides of a pair have, which are few.

        Found in two small tables of articles by the terms of any of them: column 0 is for all other terms.
        """
        ids = articles.ids
        self._columns[ids] = np.arange(1, ids.size + 1)  # of a term that several have, the last one's
        own = self._columns[ids]
        lengths = others.lengths[pairs.others]
        terms = ranges(others.starts[pairs.others], lengths)
        width = ids.size + 1
        cells = np.repeat(pairs.articles * width, lengths) + self._columns[others.ids][terms]
        self._columns[ids] = 0
        weights = np.zeros(articles.lengths.size * width, dtype=np.float32)
        marks = np.zeros(weights.size, dtype=np.uint8)
        where = np.repeat(np.arange(articles.lengths.size) * width, articles.lengths) + own
        weights[where], marks[where] = articles.weights, articles.marks | _SAID
        found = marks[cells]
        both = np.flatnonzero(found)
        of_pair = np.repeat(np.arange(lengths.size), lengths)[both]
        return _Shared(of_pair, terms[both], weights[cells[both]], found[both], lengths.size)


def ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers from each start on, as many as its count says, one range after the other."""
    before = np.cumsum(counts) - counts
    numbers: NDArray[np.int64] = np.repeat(starts - before, counts) + np.arange(counts.sum())
    return numbers


_SAID = np.uint8(128)
"""Beside the marks of terms: the article has the term at all."""


@dataclass(frozen=True)
class _Shared:
    """Terms that both sides of a pair have; arrays of shape (n_shared,)."""

    pairs: NDArray[np.int64]
    """Number of the pair."""
    terms: NDArray[np.int64]
    """Place of the term among those of the others."""
    weights: NDArray[np.float32]
    """In the article."""
    marks: NDArray[np.uint8]
    """In the article."""
    count: int
    """Of all pairs."""

    def sums(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Sums over the shared terms of each pair, shape (n_pairs,)."""
        return np.bincount(self.pairs, values, self.count).astype(np.float64, copy=False)


class _Said:
    """What members say, by how telling it is in this stream."""

    def __init__(self, members: MemberStack, idf: Idf) -> None:
        self._starts = members.starts
        self.marks = members.marks
        self.rarity = idf[members.ids]
        self.mass = members.weights * self.rarity

    def norms(self) -> NDArray[np.float32]:
        """Lengths of the TF-IDF vectors, shape (n,)."""
        lengths: NDArray[np.float32] = np.sqrt(np.add.reduceat(self.mass * self.mass, self._starts))
        return lengths

    def marked(self, mark: int) -> NDArray[np.float32]:
        """Rarity of each member's terms with this mark together, shape (n,)."""
        total: NDArray[np.float32] = np.add.reduceat(self.rarity * ((self.marks & mark) != 0), self._starts)
        return total


def _cosines(own: _Said, theirs: _Said, pairs: Pairs, shared: _Shared) -> NDArray[np.float64]:
    """Cosine of the TF-IDF vectors, shape (n_pairs,)."""
    products = shared.sums(shared.weights * theirs.rarity[shared.terms] * theirs.mass[shared.terms])
    cosines: NDArray[np.float64] = products / np.maximum(
        theirs.norms()[pairs.others] * own.norms()[pairs.articles], 1e-6
    )
    return cosines


def _apart(own: _Said, theirs: _Said, pairs: Pairs, shared: _Shared, mark: int) -> NDArray[np.float64]:
    """How far the terms of this mark contradict: 1 minus the overlap coefficient of rarity. Shape (n_pairs,).

    0 where either side has none: what is not said contradicts nothing. A word that is a name on one side may begin
    a sentence on the other: any shared term counts.
    """
    said, said_by_own = theirs.marked(mark)[pairs.others], own.marked(mark)[pairs.articles]
    rarity = theirs.rarity[shared.terms]
    shared_with_own = shared.sums(rarity * ((theirs.marks[shared.terms] & mark) != 0))
    shared_with_other = shared.sums(rarity * ((shared.marks & mark) != 0))
    overlap = np.maximum(
        shared_with_own / np.maximum(said, 1e-6), shared_with_other / np.maximum(said_by_own, 1e-6)
    )
    both = (said > 0.0) & (said_by_own > 0.0)
    apart: NDArray[np.float64] = np.where(both, 1.0 - np.minimum(overlap, 1.0), 0.0)
    return apart


def _log_hours_between(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(1 + hours), at most MAX_LOG_HOURS, shape (n,)."""
    logs = np.minimum(np.log1p(np.abs(other - one) / 3_600.0), MAX_LOG_HOURS)
    return np.where(np.isnan(logs), UNDATED_LOG_HOURS, logs)
