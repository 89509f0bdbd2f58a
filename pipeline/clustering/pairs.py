"""Features of an article against each kept member of some stories, all pairs at once.

Following Miranda et al. 2018 and Saravanakumar et al. 2021, three views of likeness: meaning (dense vectors),
words (TF-IDF, with names and numbers apart), time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.member import Member
from pipeline.clustering.terms import CAPITAL, IN_TITLE, NUMBER, Terms
from pipeline.clustering.types import TERM_BUCKETS

PAIR_FEATURES = (
    "dense", "lexical", "title", "covers", "covered", "names", "rarest", "numbers_shared", "numbers_differ",
    "log_hours", "same_language",
)
"""Columns of `pair_features`, in order."""

UNDATED_LOG_HOURS = float(np.log1p(24.0))
"""Stands in where either time is unknown: says neither that they are near in time nor that they are far."""

MAX_LOG_HOURS = float(np.log1p(120.0))
"""Beyond five days more time says no more; without the bound, sparse training sets teach that time is all."""


@dataclass(frozen=True)
class MemberStack:
    """Members of one or more stories in stacked arrays."""

    vectors: NDArray[np.float32]
    """Shape (n, dims)."""
    ids: NDArray[np.int32]
    """Shape (n_terms,): the members' terms, one member after the other."""
    weights: NDArray[np.float32]
    kinds: NDArray[np.uint8]
    lengths: NDArray[np.int64]
    """Shape (n,): how many terms each member has; never 0 (see `stack`)."""
    times: NDArray[np.float64]
    """Shape (n,): seconds since the epoch, NaN where undated."""
    languages: NDArray[np.int64]
    """Shape (n,): equal numbers for equal languages."""
    bodies: NDArray[np.float32]
    """Shape (n,): 1 where the article has a body."""


@lru_cache(maxsize=1_000)
def _language_number(language: str) -> int:
    return int.from_bytes(language.encode()[:7], "big")


def stack(members: Sequence[Member]) -> MemberStack:
    """Stack the members. One without terms gets a term of no weight, so that no segment is empty."""
    return MemberStack(
        vectors=np.stack([each.vector for each in members]),
        ids=np.concatenate([each.terms.ids if each.terms.ids.size else _NO_ID for each in members]),
        weights=np.concatenate([each.terms.weights if each.terms.ids.size else _NO_WEIGHT for each in members]),
        kinds=np.concatenate([each.terms.kinds if each.terms.ids.size else _NO_KIND for each in members]),
        lengths=np.array([max(1, each.terms.ids.size) for each in members]),
        times=np.array([np.nan if each.published_at is None else each.published_at for each in members]),
        languages=np.array([_language_number(each.language) for each in members]),
        bodies=np.array([each.has_body for each in members], dtype=np.float32),
    )


_NO_ID = np.zeros(1, dtype=np.int32)
_NO_WEIGHT = np.zeros(1, dtype=np.float32)
_NO_KIND = np.zeros(1, dtype=np.uint8)


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
        self._kinds = np.zeros(TERM_BUCKETS, dtype=np.uint8)

    def features(self, article: Member, others: MemberStack, idf: Idf) -> NDArray[np.float32]:
        """Shape (n, len(PAIR_FEATURES)). `idf` has shape (TERM_BUCKETS,)."""
        own = article.terms
        own_idf = idf[own.ids]
        self._mass[own.ids] = own.weights * own_idf
        self._kinds[own.ids] = own.kinds | _PRESENT
        try:
            lexical = _lexical(_Own(own, own_idf), self._meeting(others, idf))
        finally:
            self._mass[own.ids] = 0.0
            self._kinds[own.ids] = 0
        dense = others.vectors @ article.vector
        return np.stack([dense, *lexical, *_circumstances(article, others)], axis=1).astype(np.float32)

    def _meeting(self, others: MemberStack, idf: Idf) -> _Meeting:
        return _Meeting(
            starts=np.concatenate(([0], np.cumsum(others.lengths)[:-1])),
            idf=idf[others.ids], weights=others.weights, kinds=others.kinds,
            own_mass=self._mass[others.ids], own_kinds=self._kinds[others.ids],
        )


_PRESENT = 128
"""Marks a bucket as one of the article's, whatever its kind."""

Idf = NDArray[np.float32]
Column = NDArray[np.float32]


@dataclass(frozen=True)
class _Own:
    """The article's side."""

    terms: Terms
    idf: Column

    def mass(self, kind: int) -> float:
        """Summed rarity of the article's terms of one kind."""
        return float(self.idf[(self.terms.kinds & kind) > 0].sum())


@dataclass(frozen=True)
class _Meeting:
    """The members' terms, each beside what the article has in the same bucket."""

    starts: NDArray[np.int64]
    """Shape (n,): where each member's terms begin; all other arrays are (n_terms,)."""
    idf: Column
    weights: Column
    kinds: NDArray[np.uint8]
    own_mass: Column
    own_kinds: NDArray[np.uint8]

    def total(self, values: NDArray[Any]) -> Column:
        """Sum over each member's terms, shape (n,)."""
        sums: Column = np.add.reduceat(values.astype(np.float32), self.starts)
        return sums

    def largest(self, values: NDArray[Any]) -> Column:
        """Maximum over each member's terms, shape (n,)."""
        maxima: Column = np.maximum.reduceat(values.astype(np.float32), self.starts)
        return maxima


def _lexical(own: _Own, met: _Meeting) -> list[Column]:
    """Columns lexical, title, covers, covered, names, rarest, numbers_shared, numbers_differ."""
    mass = met.weights * met.idf
    shared = met.own_kinds > 0
    title, own_in_title = (met.kinds & IN_TITLE) > 0, (met.own_kinds & IN_TITLE) > 0
    number = (met.kinds & NUMBER) > 0
    own_title, title_mass = own.mass(IN_TITLE), met.total(met.idf * title)
    norms = np.sqrt(met.total(mass * mass)) * float(np.linalg.norm(own.terms.weights * own.idf))
    titles_meet = met.total(met.idf * (shared & title & own_in_title))
    return [
        met.total(met.own_mass * mass) / np.maximum(norms, 1e-6),
        titles_meet / np.maximum(np.sqrt(title_mass * own_title), 1e-6),
        met.total(met.idf * (shared & own_in_title)) / max(own_title, 1e-6),
        met.total(met.idf * (shared & title)) / np.maximum(title_mass, 1e-6),
        _names(own, met, shared),
        met.largest(met.idf * (shared & ~number)),
        *_numbers(own, met, shared & number, number),
    ]


def _names(own: _Own, met: _Meeting, shared: NDArray[np.bool_]) -> Column:
    """Share of the names' rarity that both have; a capital on either side makes a name."""
    common = met.total(met.idf * (shared & (((met.own_kinds | met.kinds) & CAPITAL) > 0)))
    either = own.mass(CAPITAL) + met.total(met.idf * ((met.kinds & CAPITAL) > 0)) - common
    share: Column = np.minimum(common / np.maximum(either, 1e-6), 1.0).astype(np.float32)
    return share


def _numbers(
    own: _Own, met: _Meeting, shared: NDArray[np.bool_], number: NDArray[np.bool_]
) -> tuple[Column, Column]:
    """How many numbers are shared, and whether both have numbers but none in common."""
    common = met.total(shared)
    contradict = (met.total(number) > 0) & (common == 0) & bool(own.mass(NUMBER) > 0)
    return np.log1p(common), contradict.astype(np.float32)


def log_hours(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    """log(1 + hours), at most MAX_LOG_HOURS."""
    clipped: NDArray[np.float64] = np.minimum(np.log1p(hours), MAX_LOG_HOURS)
    return clipped


def _circumstances(article: Member, others: MemberStack) -> list[Column]:
    at = np.nan if article.published_at is None else article.published_at
    hours = np.abs(others.times - at) / 3_600.0
    known = ~np.isnan(hours)
    return [
        np.where(known, log_hours(np.where(known, hours, 0.0)), UNDATED_LOG_HOURS).astype(np.float32),
        (others.languages == _language_number(article.language)).astype(np.float32),
    ]
