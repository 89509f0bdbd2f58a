"""Summary and key points: sentences of members, each citing its article.

Extractive: a sentence is weighed by how many outlets say the like of it and by where it stands in its
article, and repetitions are kept out by maximal marginal relevance (Carbonell and Goldstein 1998).
Limit: two sentences that say one thing in other words altogether can both be taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.records.story import Point
from pipeline.story.material import Candidate, Material
from pipeline.story.similarity import Matrix, recency, similarities, support

MAX_POINTS = 5
RELEVANCE = 0.6
"""Lambda of maximal marginal relevance: weight against novelty."""

REPEATS_FROM = 0.4
"""Cosine from which a sentence repeats another one ..."""

CONTAINED_FROM = 0.5
"""... or the part of the lighter one's weight that the other has too."""

OLDEST_WEIGHS = 0.5
"""Support by the outlet that wrote first, where the one that wrote last weighs 1."""

WEAKEST = 0.25
"""A point weighs at least this part of the heaviest."""

SUMMARY_CHARS = (60, 260)


@dataclass(frozen=True)
class Digest:
    """What is told of the story in its own language."""

    summary: Point | None
    key_points: list[Point]


@dataclass(frozen=True)
class Weighed:
    """Sentences with their weights and likenesses; row i of `similarity` is candidate i."""

    candidates: list[Candidate]
    weights: list[float]
    similarity: Matrix
    contained: Matrix

    def repeats(self, one: int, other: int) -> bool:
        """Whether one candidate says again what the other says."""
        return bool(
            self.similarity[one, other] >= REPEATS_FROM or self.contained[one, other] >= CONTAINED_FROM
        )


Staleness = Callable[[Candidate], bool]
"""Whether a sentence gives a figure that has been overtaken."""


def digest_of(material: Material, stale: Staleness) -> Digest:
    """Summary and points, in the story's language where that has any quotable sentence."""
    others = sorted({item.reading.language for item in material.items} - {material.language})
    for language in (material.language, *others):
        weighed = weigh(material.candidates(language), stale)
        usable = [i for i, each in enumerate(weighed.candidates) if each.sentence.quotable]
        if usable:
            return _digest(weighed, usable)
    return Digest(None, [])


def weigh(candidates: list[Candidate], stale: Staleness) -> Weighed:
    """Weigh every sentence by support from outlets, position and form."""
    items = list({each.item.number: each.item for each in candidates}.values())
    texts = [each.sentence.terms for each in candidates] + [item.reading.headline_terms for item in items]
    owners = [each.item.source for each in candidates] + [item.source for item in items]
    likeness = similarities(texts)
    count = len(candidates)
    best, names = support(likeness.cosine[:count], owners)
    place = {name: number for number, name in enumerate(names)}
    headline_of = {item.number: count + number for number, item in enumerate(items)}
    shares = recency({item.source: item.number for item in items}, names, OLDEST_WEIGHS)
    best *= shares
    weights = []
    for number, each in enumerate(candidates):
        own = place[each.item.source]
        others = float(shares.sum() - shares[own]) or 1.0
        agreed = float(best[number].sum() - best[number, own]) / others
        # The headline counts a little: it chooses where a story has one outlet only.
        headline = float(likeness.cosine[number, headline_of[each.item.number]])
        weights.append((agreed + 0.25 * headline + 0.02) * _form(each) * (0.5 if stale(each) else 1.0))
    return Weighed(candidates, weights, likeness.cosine[:count, :count], likeness.contained[:count, :count])


def _form(each: Candidate) -> float:
    """Position in the article, length, and whether it is mostly a quotation."""
    score = max(0.55, 1.0 - 0.09 * each.sentence.position)
    length = len(each.sentence.text)
    if length > 230:
        score *= 230 / length
    if len(each.sentence.terms) < 5:
        score *= 0.7
    if each.sentence.text[0] in "\"“„«「":
        score *= 0.6
    return score


def _digest(weighed: Weighed, usable: list[int]) -> Digest:
    summary = _summary(weighed, usable)
    points = select(weighed, usable, [summary], MAX_POINTS)
    told = sorted((weighed.candidates[i] for i in points), key=lambda c: (c.item.number, c.sentence.position))
    return Digest(weighed.candidates[summary].point(), [each.point() for each in told])


def _summary(weighed: Weighed, usable: list[int]) -> int:
    """The heaviest sentence of a length to tell the whole; where there is none, the heaviest."""
    low, high = SUMMARY_CHARS
    whole = [i for i in usable if low <= len(weighed.candidates[i].sentence.text) <= high]
    return max(whole or usable, key=lambda i: (weighed.weights[i], -i))


def select(weighed: Weighed, usable: Sequence[int], told: Sequence[int], most: int) -> list[int]:
    """At most `most` of the usable candidates that repeat neither each other nor what is told already."""
    chosen: list[int] = []
    heaviest = max((weighed.weights[i] for i in usable), default=0.0)
    left = [i for i in usable if weighed.weights[i] >= WEAKEST * heaviest]
    while len(chosen) < most:
        known = [*told, *chosen]
        left = [i for i in left if i not in known and not any(weighed.repeats(i, k) for k in known)]
        if not left:
            break
        chosen.append(max(left, key=lambda i: (_marginal(weighed, i, known, heaviest), -i)))
    return chosen


def _marginal(weighed: Weighed, number: int, known: Sequence[int], heaviest: float) -> float:
    relevance = weighed.weights[number] / heaviest
    same_article = sum(weighed.candidates[k].item is weighed.candidates[number].item for k in known)
    told = max((float(weighed.similarity[number, k]) for k in known), default=0.0)
    return RELEVANCE * relevance * 0.85**same_article - (1 - RELEVANCE) * told
