"""Features of an article against each kept member of some stories, all pairs at once.

Following Miranda et al. 2018 and Saravanakumar et al. 2021, three views of likeness: meaning (dense vectors),
words (TF-IDF, with names and numbers apart), time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.member import Member
from pipeline.clustering.terms import CAPITAL, IN_TITLE, NUMBER
from pipeline.clustering.types import TERM_BUCKETS

PAIR_FEATURES = (
    "dense", "lexical", "title", "covers", "covered", "names", "names_missed", "rarest",
    "numbers_shared", "numbers_differ", "log_hours", "dated", "same_language", "bodies",
)
"""Columns of `pair_features`, in order."""


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

    def features(
        self, article: Member, others: MemberStack, idf: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Shape (n, len(PAIR_FEATURES)). `idf` has shape (TERM_BUCKETS,)."""
        own = article.terms
        own_idf = idf[own.ids]
        self._mass[own.ids] = own.weights * own_idf
        self._kinds[own.ids] = own.kinds | _PRESENT
        try:
            lexical = self._lexical(article, others, idf, own_idf)
        finally:
            self._mass[own.ids] = 0.0
            self._kinds[own.ids] = 0
        return np.stack([
            others.vectors @ article.vector, *lexical, *_circumstances(article, others)
        ], axis=1).astype(np.float32)

    def _lexical(
        self, article: Member, others: MemberStack, idf: NDArray[np.float32], own_idf: NDArray[np.float32]
    ) -> list[NDArray[np.float32]]:
        own = article.terms
        starts = np.concatenate(([0], np.cumsum(others.lengths)[:-1]))
        other_idf = idf[others.ids]
        mass = others.weights * other_idf
        own_mass = self._mass[others.ids]
        own_kinds = self._kinds[others.ids]
        shared = own_kinds > 0
        in_title = (others.kinds & IN_TITLE) > 0
        titles_meet = shared & in_title & ((own_kinds & IN_TITLE) > 0)

        def per_member(values: NDArray[np.float32]) -> NDArray[np.float32]:
            sums: NDArray[np.float32] = np.add.reduceat(values, starts)
            return sums

        own_title = float(own_idf[(own.kinds & IN_TITLE) > 0].sum())
        title_mass = per_member(other_idf * in_title)
        dot = per_member(own_mass * mass)
        norms = np.sqrt(per_member(mass * mass)) * float(np.linalg.norm(own.weights * own_idf))
        names = shared & (((own_kinds | others.kinds) & CAPITAL) > 0)
        numbers = (others.kinds & NUMBER) > 0
        return [
            dot / np.maximum(norms, 1e-6),
            per_member(other_idf * titles_meet) / np.maximum(np.sqrt(title_mass * own_title), 1e-6),
            per_member(other_idf * (shared & ((own_kinds & IN_TITLE) > 0))) / max(own_title, 1e-6),
            per_member(other_idf * (shared & in_title)) / np.maximum(title_mass, 1e-6),
            *_names(per_member, other_idf, names, own, own_idf, others),
            np.maximum.reduceat(np.where(shared & ~numbers, other_idf, 0.0), starts),
            *_numbers(per_member, shared & numbers, numbers, own),
        ]


_PRESENT = 128
"""Marks a bucket as one of the article's, whatever its kind."""


def _names(per_member, other_idf, names, own, own_idf, others):  # type: ignore[no-untyped-def]
    """Shared mass of names, and the share of all names' mass that is not shared."""
    shared = per_member(other_idf * names)
    own_names = float(own_idf[(own.kinds & CAPITAL) > 0].sum())
    other_names = per_member(other_idf * ((others.kinds & CAPITAL) > 0))
    union = np.maximum(own_names + other_names - shared, 1e-6)
    return [shared, 1.0 - np.minimum(shared / union, 1.0)]


def _numbers(per_member, shared, numbers, own):  # type: ignore[no-untyped-def]
    """How many numbers are shared, and whether both have numbers but none in common."""
    common = per_member(shared.astype(np.float32))
    other_any = per_member(numbers.astype(np.float32)) > 0
    own_any = bool(((own.kinds & NUMBER) > 0).any())
    return [np.log1p(common), (other_any & own_any & (common == 0)).astype(np.float32)]


def _circumstances(article: Member, others: MemberStack) -> list[NDArray[np.float32]]:
    at = np.nan if article.published_at is None else article.published_at
    hours = np.abs(others.times - at) / 3_600.0
    dated = ~np.isnan(hours)
    return [
        np.where(dated, np.log1p(np.nan_to_num(hours)), 0.0).astype(np.float32),
        dated.astype(np.float32),
        (others.languages == _language_number(article.language)).astype(np.float32),
        others.bodies + float(article.has_body),
    ]
