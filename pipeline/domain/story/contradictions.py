"""Figures for one thing that differ between outlets, and figures that have been overtaken.

Each outlet stands by the newest figure that it gave of a kind. Claims that say the same within rounding
(`nearly three hours`, `2 hours 45 minutes`) are one group, and one group alone is no contradiction. Evolving
counts are listed too: the newest claim comes first, and every claim has its time.

Limits: two tolls of one kind in one story (two buses, two cities) are taken for one; only figures of the
kinds in `language.figures` are seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log2
from statistics import median

from groundswell.record import Contradiction, FigureClaim
from pipeline.domain.story.analysis import Sentence
from pipeline.domain.story.language.figures import LABELS, Figure
from pipeline.domain.story.material import Candidate, Item, Material

MAX_CLAIMS = 12
"""Claims listed per contradiction; every differing value keeps at least its newest."""

_DEEPEST = 6
"""A figure further down in the article is likely to be of something else."""

_GROWING = frozenset({"dead", "injured", "area"})
"""What doesn't shrink as a story goes on; a much smaller later figure counts a part only."""

_EVOLVING = _GROWING | {"missing", "evacuated", "arrested", "contained"}
_PART = 0.5
_STALEST = 0.2
_OUTLIER = 8.0
_ROUNDING = {"magnitude": 0.0, "area": 0.03, "contained": 0.0, "talks": 0.02, "outage": 0.02}
_HEDGED_ROUNDING = 0.12
_ROUND_TOLL = 20
"""A hedged toll from here on, if round, agrees with a near figure; a smaller one is exact."""


@dataclass(frozen=True)
class Claim:
    """One outlet's newest figure of a kind."""

    item: Item
    figure: Figure
    sentence: str


@dataclass(frozen=True)
class Claims:
    """What each outlet says, by kind, oldest claim first."""

    by_kind: dict[str, list[Claim]]

    def freshness_of_sentence(self, candidate: Candidate) -> float:
        """1, or less where the sentence gives a figure that a newer article has overtaken."""
        return self._freshness(candidate.sentence.figures, candidate.item)

    def freshness_of_headline(self, item: Item) -> float:
        """The same of the headline."""
        return self._freshness(item.reading.headline_figures, item)

    def changes(self) -> set[tuple[int, str]]:
        """Article numbers and sentences that change an evolving figure known before."""
        found = set()
        for kind, claims in self.by_kind.items():
            if kind in _EVOLVING:
                for before, after in pairwise(claims):
                    if not agree(before.figure, after.figure):
                        found.add((after.item.number, after.sentence))
        return found

    def _freshness(self, figures: Sequence[Figure], item: Item) -> float:
        """How near its evolving figures come to the newest ones: 9 dead where there are 18 is half fresh."""
        fresh = 1.0
        for figure in figures:
            known = self.by_kind.get(figure.kind)
            if figure.kind not in _EVOLVING or not known:
                continue
            newest = known[-1]
            if newest.item.number > item.number and not agree(figure, newest.figure):
                low, high = sorted((figure.value, newest.figure.value))
                fresh = min(fresh, max(_STALEST, low / high))
        return fresh


def claims_of(material: Material) -> Claims:
    """Collect the newest claim of each outlet and kind."""
    newest: dict[str, dict[str, Claim]] = {}
    for item in material.items:
        for kind, claim in _claims_in(item).items():
            by_source = newest.setdefault(kind, {})
            # Taken out first, so that the order is that of the newest claims.
            by_source.pop(item.source, None)
            by_source[item.source] = claim
    kept = {kind: _plausible(kind, list(by_source.values())) for kind, by_source in newest.items()}
    return Claims({kind: claims for kind, claims in kept.items() if claims})


def _claims_in(item: Item) -> dict[str, Claim]:
    """One figure per kind: the headline's, cited from the first sentence that confirms it."""
    found = {f.kind: Claim(item, f, item.headline) for f in item.reading.headline_figures}
    for sentence in item.reading.sentences[:_DEEPEST]:
        for figure in sentence.figures:
            present = found.get(figure.kind)
            if present is None or _confirms(present, figure, sentence):
                found[figure.kind] = Claim(item, figure, sentence.text)
    return found


def _confirms(present: Claim, figure: Figure, sentence: Sentence) -> bool:
    from_headline = present.sentence == present.item.headline
    return from_headline and sentence.quotable and present.figure.value == figure.value


def _plausible(kind: str, claims: list[Claim]) -> list[Claim]:
    """Without claims that count a part, or something else altogether."""
    middle = median(claim.figure.value for claim in claims)
    kept: list[Claim] = []
    for claim in claims:
        value = claim.figure.value
        before = max((other.figure.value for other in kept), default=0.0)
        if kind in _GROWING and value < _PART * before:
            continue
        if middle > 0 and len(claims) > 2 and not middle / _OUTLIER <= value <= middle * _OUTLIER:
            continue
        kept.append(claim)
    return kept


def contradictions_of(claims: Claims) -> list[Contradiction]:
    """One entry per kind where outlets are at odds; where they are most at odds first."""
    groups = {kind: _groups(each) for kind, each in claims.by_kind.items()}
    at_odds = [kind for kind in groups if len(groups[kind]) > 1]
    at_odds.sort(key=lambda kind: (-_discord(groups[kind]), LABELS[kind]))
    return [_contradiction(kind, claims.by_kind[kind], groups[kind]) for kind in at_odds]


def _groups(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Claims that say the same within rounding, around the value that most outlets give; largest group first.

    Not chained: what agrees with a neighbour of that value alone (2.5 with 2.75 with 3 hours) stays apart.
    """
    left, groups = list(claims), []
    while left:
        given = Counter(claim.figure.value for claim in left)
        middle = max(reversed(left), key=lambda claim: given[claim.figure.value]).figure
        groups.append([claim for claim in left if agree(claim.figure, middle)])
        left = [claim for claim in left if not agree(claim.figure, middle)]
    return sorted(groups, key=len, reverse=True)


def _discord(groups: Sequence[Sequence[Claim]]) -> float:
    """How far the groups are apart, weighed by how many outlets stand against the largest group."""
    values = [group[0].figure.value for group in groups]
    gap = 1 - min(values) / max(values) if max(values) > 0 else 0.0
    return gap * log2(1 + sum(len(group) for group in groups[1:]))


def _contradiction(kind: str, claims: Sequence[Claim], groups: Sequence[Sequence[Claim]]) -> Contradiction:
    group_of = {claim.item.source: number for number, group in enumerate(groups) for claim in group}
    listed = [_listed(claim, group_of[claim.item.source]) for claim in _chosen(claims)]
    return Contradiction(about=LABELS[kind], claims=listed)


@lru_cache(maxsize=16_384)
def agree(one: Figure, other: Figure) -> bool:
    """Whether two figures of a kind say the same within rounding and hedging."""
    low, high = sorted((one.value, other.value))
    if high - low <= _ROUNDING.get(one.kind, 0.0) * high + 1e-9:
        return True
    if one.kind in ("magnitude", "contained"):
        return False
    hedged = [figure for figure in (one, other) if figure.hedge in ("about", "nearly", "more than", "up to")]
    if one.kind not in ("talks", "outage"):
        hedged = [figure for figure in hedged if figure.value >= _ROUND_TOLL and figure.value % 10 == 0]
    return bool(hedged) and high - low <= _HEDGED_ROUNDING * high


def _chosen(claims: Sequence[Claim]) -> list[Claim]:
    """Newest first; where there are too many, the newest of each value before the others."""
    newest_first = list(reversed(claims))
    per_value: dict[float, Claim] = {}
    for claim in newest_first:
        per_value.setdefault(round(claim.figure.value, 2), claim)
    order = list(per_value.values()) + [claim for claim in newest_first if claim not in per_value.values()]
    kept = order[:MAX_CLAIMS]
    return [claim for claim in newest_first if claim in kept]


def _listed(claim: Claim, group: int) -> FigureClaim:
    return FigureClaim(
        value=claim.figure.shown,
        article_id=claim.item.article.article_id,
        outlet=claim.item.label,
        published_at=claim.item.article.published_at,
        sentence=claim.sentence,
        group=group,
    )
