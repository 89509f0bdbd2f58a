"""What each side stresses: sentences whose terms are over-represented on that side.

Terms are weighed by log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008): the
side's outlets against those of the other sides, each outlet counting a term once, with the whole story as
the prior. Sides are compared within one language only.

Wire copy that other sides reprint is no side's perspective. Limits: only the beginnings of articles are
held, so `only_here` means there; what another side says in another language is compared by names and
numbers alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from groundswell.record import PerspectivePoint, Perspectives, Side
from pipeline.domain.story.analysis import Sentence
from pipeline.domain.story.comparison import Comparison, Comparisons
from pipeline.domain.story.material import Candidate, Item, Material
from pipeline.domain.story.meaning import SaysAgain, by_words
from pipeline.domain.story.points import Freshness
from pipeline.domain.story.similarity import Likeness, Matrix
from pipeline.domain.story.sources import Source
from pipeline.domain.story.title import sobriety

MAX_POINTS = 3
PRIOR = 10.0
"""Weight of the prior, in outlets' worth of text: with few outlets, few words stand out."""

REPEATS_FROM, CONTAINED_FROM = 0.36, 0.48
"""Likeness from which a sentence says again what another says; see `points`."""

ECHO_FROM = 0.25
"""Cosine from which another outlet of the side says the like."""

UNLIKE_BELOW = 0.3
"""Cosine below which no sentence of another side says the like."""

_SOBER = 0.7
"""A headline stands in for a missing text only from this sobriety on."""

WEAKEST = 0.45
"""A point is at least this part as distinctive as the side's most distinctive one."""


@dataclass(frozen=True)
class _Field:
    """All sentences in one language, compared."""

    candidates: list[Candidate]
    likeness: Likeness
    sides: list[Side | None]
    emphasis: list[float]
    """How much each article makes of its sentence, whatever the side."""
    fresh: list[bool]
    vocabulary: dict[tuple[Side | None, str], set[str]]
    """Terms per outlet of a side, each counted once."""
    says_again: SaysAgain

    def nearest(self, others: Sequence[int]) -> tuple[Matrix, Matrix]:
        """For each sentence the greatest cosine and containment among the others."""
        if not others:
            nothing: Matrix = np.zeros(len(self.candidates))
            return nothing, nothing
        return self.likeness.cosine[:, others].max(axis=1), self.likeness.contained[:, others].max(axis=1)


def perspectives_of(
    material: Material,
    comparisons: Comparisons,
    sources: Collection[Source],
    told: Collection[str],
    freshness: Freshness,
    says_again: SaysAgain = by_words,
) -> Perspectives:
    """Points per side; `told` are the texts of summary and key points, which are repeated only at need."""
    covering = {source.side for source in sources if source.side is not None}
    languages = _languages(material, covering)
    fields = {each: _field(comparisons.of(each), told, freshness, says_again) for each in set(languages.values())}
    points: dict[str, list[PerspectivePoint]] = {}
    used: set[str] = set()
    for side in Side:
        if side in covering:
            chosen = _points_of(side, fields[languages[side]], material, used) if side in languages else []
            used |= {point.text for point in chosen}
            points[side.value] = chosen
    return Perspectives(**points)


def _languages(material: Material, covering: Iterable[Side]) -> dict[Side, str]:
    """The language each side is heard in: the story's where it can be, else its own most frequent one."""
    languages = {}
    for side in covering:
        spoken = Counter(item.reading.language for item in material.items if item.side is side)
        if spoken:
            own = min(spoken, key=lambda language: (-spoken[language], language))
            languages[side] = material.language if material.language in spoken else own
    return languages


def _field(comparison: Comparison, told: Collection[str], freshness: Freshness, says_again: SaysAgain) -> _Field:
    """Sentences, and where an article has none, its headline."""
    candidates, rows = list(comparison.candidates), list(range(len(comparison.candidates)))
    telling = {candidate.item.number for candidate in candidates}
    for item in comparison.items:
        if item.number not in telling:
            candidates.append(Candidate(item, _headline(item)))
            rows.append(comparison.headline_row[item.number])
    fresh = [freshness(each) for each in candidates]
    emphasis = []
    for row, each, freshly in zip(rows, candidates, fresh, strict=True):
        headline = float(comparison.likeness.cosine[row, comparison.headline_row[each.item.number]])
        emphasis.append(_emphasis(each, headline, told) * freshly)
    sides = [candidate.item.side for candidate in candidates]
    within = comparison.likeness.among(rows)
    vocabulary: dict[tuple[Side | None, str], set[str]] = defaultdict(set)
    for each in candidates:
        if each.item.side is not None:
            vocabulary[each.item.side, each.item.source].update(each.sentence.terms)
    return _Field(candidates, within, sides, emphasis, [each == 1.0 for each in fresh], vocabulary, says_again)


def _emphasis(candidate: Candidate, headline: float, told: Collection[str]) -> float:
    """An outlet stresses what its headline says and what it says first."""
    place = max(0.7, 1.0 - 0.06 * candidate.sentence.position)
    return (0.4 + headline) * place * (0.6 if candidate.sentence.text in told else 1.0)


def _headline(item: Item) -> Sentence:
    reading = item.reading
    return Sentence(
        text=item.headline,
        position=0,
        terms=reading.headline_terms,
        quotable=sobriety(item) >= _SOBER,
        figures=reading.headline_figures,
        names=reading.headline_names,
        name_terms=frozenset(),
        facts=reading.facts,
    )


def _points_of(side: Side, field: _Field, material: Material, used: Collection[str]) -> list[PerspectivePoint]:
    own = [i for i, each in enumerate(field.sides) if each is side]
    others = [i for i, each in enumerate(field.sides) if each is not None and each is not side]
    stress = _stress(field, side)
    cosine, contained = field.nearest(others)
    said = (cosine >= REPEATS_FROM) | (contained >= CONTAINED_FROM)
    mine = [i for i in own if not said[i] and _is_own(field.candidates[i], side)]
    new = [i for i in mine if field.candidates[i].sentence.text not in used]
    weights = {i: _weight(i, field, own, stress) for i in new}
    chosen: list[int] = []
    heaviest = max(weights.values(), default=0.0)
    for number in sorted(weights, key=lambda i: (-weights[i], i)):
        if len(chosen) == MAX_POINTS or weights[number] <= WEAKEST * heaviest:
            break
        if _is_new(number, chosen, field):
            chosen.append(number)
    elsewhere = frozenset[str]().union(
        *(i.reading.facts for i in material.items if i.side is not None and i.side is not side)
    )
    alone = [field.fresh[i] and cosine[i] < UNLIKE_BELOW for i in range(len(cosine))]
    return [_point(field.candidates[i], elsewhere, alone[i]) for i in sorted(chosen)]


def _is_own(candidate: Candidate, side: Side) -> bool:
    """Not wire copy that other sides run too."""
    return candidate.sentence.quotable and not candidate.item.reprinted_on - {side}


def _is_new(number: int, chosen: Sequence[int], field: _Field) -> bool:
    """Not said yet, and one point per article."""
    item = field.candidates[number].item
    new_by_words = all(
        field.candidates[k].item is not item
        and field.likeness.cosine[number, k] < REPEATS_FROM
        and field.likeness.contained[number, k] < CONTAINED_FROM
        for k in chosen
    )
    told = [field.candidates[k].sentence.text for k in chosen if field.likeness.cosine[number, k] > 0.0]
    return new_by_words and not field.says_again(field.candidates[number].sentence.text, told)


def _stress(field: _Field, side: Side) -> dict[str, float]:
    """How far each term is over-represented on the side: z-scores of the log-odds, negative ones as 0."""
    here: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for (of, _), terms in field.vocabulary.items():
        (here if of is side else there).update(terms)
    inside, outside = here.total() + PRIOR, there.total() + PRIOR
    total = inside + outside - 2 * PRIOR
    stress = {}
    for term, count in here.items():
        prior = PRIOR * (count + there[term]) / total
        ours, theirs = count + prior, there[term] + prior
        z = (_log_odds(ours, inside) - _log_odds(theirs, outside)) / sqrt(1 / ours + 1 / theirs)
        stress[term] = max(0.0, z)
    return stress


def _log_odds(count: float, total: float) -> float:
    return log(count / max(total - count, 1e-9))


def _weight(number: int, field: _Field, own: Sequence[int], stress: dict[str, float]) -> float:
    """Mean stress of the sentence's terms, more where other outlets of the side echo it."""
    candidate = field.candidates[number]
    terms = set(candidate.sentence.terms)
    if not terms:
        return 0.0
    # Divided by the root: a longer sentence may say more, but not by its length alone.
    weight = sum(stress[term] for term in terms) / sqrt(len(terms))
    echoes = {field.candidates[i].item.source for i in own if field.likeness.cosine[number, i] >= ECHO_FROM} - {
        candidate.item.source
    }
    return weight * (1 + 0.6 * len(echoes)) * field.emphasis[number]


def _point(candidate: Candidate, elsewhere: Set[str], unlike: bool) -> PerspectivePoint:
    """`elsewhere` are the facts that other sides have."""
    facts = candidate.sentence.facts
    return PerspectivePoint(
        text=candidate.sentence.text,
        article_id=candidate.item.article.article_id,
        outlet=candidate.item.label,
        only_here=bool(elsewhere and unlike and facts and not facts <= elsewhere),
    )
