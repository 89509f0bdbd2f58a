"""Features of an article against each kept member of some stories, all pairs at once.

Following Miranda et al. 2018 and Saravanakumar et al. 2021, three views of likeness: meaning (dense vectors),
words (TF-IDF), time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.member import Member
from pipeline.clustering.terms import NAME, NUMBER
from pipeline.clustering.types import TERM_BUCKETS

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


def stack(members: Sequence[Member]) -> MemberStack:
    """Stack the members. One without terms gets a term of no weight, so that no segment is empty."""
    return MemberStack(
        vectors=np.stack([each.vector for each in members]),
        ids=np.concatenate([each.terms.ids if each.terms.ids.size else _NO_ID for each in members]),
        weights=np.concatenate([each.terms.weights if each.terms.ids.size else _NO_WEIGHT for each in members]),
        marks=np.concatenate([each.terms.marks if each.terms.ids.size else _NO_MARK for each in members]),
        lengths=np.array([max(1, each.terms.ids.size) for each in members]),
        times=np.array([np.nan if each.published_at is None else each.published_at for each in members]),
    )


_NO_ID = np.zeros(1, dtype=np.int32)
_NO_WEIGHT = np.zeros(1, dtype=np.float32)
_NO_MARK = np.zeros(1, dtype=np.uint8)


def concatenated(stacks: Sequence[MemberStack]) -> MemberStack:
    """Several stacks as one."""
    if len(stacks) == 1:
        return stacks[0]
    return MemberStack(*(
        np.concatenate([getattr(each, name) for each in stacks]) for name in MemberStack.__dataclass_fields__
    ))


class PairScorer:
    """Computes pair features; owns scratch memory, so one per thread."""

    def __init__(self) -> None:
        self._mass = np.zeros(TERM_BUCKETS, dtype=np.float32)

    def features(self, article: Member, others: MemberStack, idf: Idf) -> NDArray[np.float32]:
        """Shape (n, len(PAIR_FEATURES))."""
        dense = others.vectors @ article.vector
        lexical = self._lexical(article, others, idf)
        columns = [
            dense, lexical, _log_hours_between(article, others),
            self._apart(article, others, idf, NAME), self._apart(article, others, idf, NUMBER),
        ]
        return np.stack(columns, axis=1).astype(np.float32)

    def _apart(self, article: Member, others: MemberStack, idf: Idf, mark: int) -> NDArray[np.float32]:
        """How far the terms of this mark contradict, shape (n,): 1 minus the overlap coefficient of their rarity.

        0 where either side has none: what is not said contradicts nothing.
        """
        own = article.terms
        own_ids = own.marked(mark)
        if own_ids.size == 0:
            return np.zeros(others.lengths.size, dtype=np.float32)
        own_mass = idf[own_ids]
        having = (others.marks & mark) != 0
        mass = idf[others.ids] * having
        # A word that is a name on one side may begin a sentence on the other: any shared term counts.
        self._mass[own.ids] = idf[own.ids]
        marked = np.where(having, self._mass[others.ids], 0.0)
        shared_with_own = np.add.reduceat(marked, others.starts)
        self._mass[own.ids] = 0.0
        self._mass[own_ids] = own_mass
        shared_with_other = np.add.reduceat(self._mass[others.ids], others.starts)
        self._mass[own_ids] = 0.0
        theirs = np.add.reduceat(mass, others.starts)
        overlap = np.maximum(shared_with_own / np.maximum(theirs, 1e-6), shared_with_other / float(own_mass.sum()))
        apart: NDArray[np.float32] = np.where(theirs > 0.0, 1.0 - np.minimum(overlap, 1.0), 0.0).astype(np.float32)
        return apart

    def _lexical(self, article: Member, others: MemberStack, idf: Idf) -> NDArray[np.float32]:
        """Cosine of the TF-IDF vectors, shape (n,)."""
        own = article.terms
        own_mass = own.weights * idf[own.ids]
        mass = others.weights * idf[others.ids]
        self._mass[own.ids] = own_mass
        products = np.add.reduceat(self._mass[others.ids] * mass, others.starts)
        self._mass[own.ids] = 0.0
        norms = np.sqrt(np.add.reduceat(mass * mass, others.starts)) * float(np.linalg.norm(own_mass))
        cosines: NDArray[np.float32] = (products / np.maximum(norms, 1e-6)).astype(np.float32)
        return cosines


def _log_hours_between(article: Member, others: MemberStack) -> NDArray[np.float64]:
    """log(1 + hours) to each member, at most MAX_LOG_HOURS, shape (n,)."""
    at = np.nan if article.published_at is None else article.published_at
    logs = np.minimum(np.log1p(np.abs(others.times - at) / 3_600.0), MAX_LOG_HOURS)
    return np.where(np.isnan(logs), UNDATED_LOG_HOURS, logs)
