"""Summary and key points: sentences of members, each citing its article.

Extractive: a sentence is weighed by how many outlets say the like of it, by where it stands in its article, and by
how much it tells that is not told yet. What repeats a point is kept out by its words, and by its meaning where the
publisher has an encoder: without one, two that say one thing in other words altogether can both be taken.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from groundswell.record import Point
from pipeline.domain.story.comparison import Comparison, Comparisons
from pipeline.domain.story.contradictions import agree
from pipeline.domain.story.language.figures import Figure
from pipeline.domain.story.material import PARTISAN_WEIGHS, Candidate, Material
from pipeline.domain.story.meaning import SaysAgain, by_words
from pipeline.domain.story.phrases import Phrases
from pipeline.domain.story.roll import moment
from pipeline.domain.story.similarity import Matrix, recency, support

MIN_POINTS, MAX_POINTS = 3, 4
TOLD_WEIGHS = 0.2
"""A sentence that shares no phrase with another outlet, where the one that tells most of them weighs 1.2."""

MAX_TRIED = 32
"""Sentences tried for the points of one story, so that the encoder is asked for no more."""

REPEATS_FROM = 0.31
"""Cosine from which a sentence repeats another one ..."""

CONTAINED_FROM = 0.41
"""... or the part of the lighter one's weight that the other has too."""

LATER_ALLOWS = 0.1
"""Added to both for sentences written hours apart: an update tells again what it updates."""

LATER_FROM_S = 6 * 3_600

OLDEST_WEIGHS = 0.7
"""Support by the outlet that wrote first, where the one that wrote last weighs 1."""

WEAKEST = 0.25
"""A point weighs at least this part of the heaviest."""

SAME_FIGURE_TAKES = 0.12
"""Taken from both for sentences that give the same figure."""

SAME_ARTICLE_WEIGHS = 0.85
"""A further point from an article that is told already, where one from another weighs 1."""

SUMMARY_CHARS = (60, 260)

_SUBORDINATE = re.compile(
    r"(?:when|while|before|although|als|nachdem|während|cuando|mientras|quand|когда)\b", re.IGNORECASE
)
"""A sentence that opens with a clause tells the background first."""


@dataclass(frozen=True)
class Weighed:
    """Sentences with their weights and likenesses; row i of `similarity` is candidate i."""

    candidates: list[Candidate]
    weights: list[float]
    similarity: Matrix
    repeats: NDArray[np.bool_]
    """Whether one candidate says again what the other says."""
    alike: NDArray[np.bool_]
    """The same, more narrowly: for a story with little to tell."""
    phrases: Phrases
    says_again: SaysAgain


@dataclass(frozen=True)
class Digest:
    """What is told of the story in its own language."""

    summary: Point | None
    key_points: list[Point]
    weighed: Weighed | None
    """What they were chosen from."""


Freshness = Callable[[Candidate], float]
"""1, or less where a sentence gives a figure that has been overtaken."""


def digest_of(
    material: Material,
    comparisons: Comparisons,
    title: Sequence[str],
    freshness: Freshness,
    says_again: SaysAgain = by_words,
) -> Digest:
    """Summary and points, given the terms of the title.

    They are in the story's language where that has any quotable sentence.
    """
    others = sorted({item.reading.language for item in material.items} - {material.language})
    for language in (material.language, *others):
        weighed = weigh(comparisons.of(language), freshness, says_again)
        usable = [i for i, each in enumerate(weighed.candidates) if each.sentence.quotable]
        if usable:
            return _digest(weighed, usable, set(title))
    return Digest(None, [], None)


def weigh(comparison: Comparison, freshness: Freshness, says_again: SaysAgain = by_words) -> Weighed:
    """Weigh every sentence by support from outlets, position and form."""
    candidates, likeness = comparison.candidates, comparison.likeness
    count = len(candidates)
    owners = [each.item.source for each in candidates] + [item.source for item in comparison.items]
    best, names = support(likeness.cosine[:count], owners)
    place = {name: number for number, name in enumerate(names)}
    shares = recency({item.source: item.number for item in comparison.items}, names, OLDEST_WEIGHS)
    best *= shares
    totals = best.sum(axis=1)
    weights = []
    for number, each in enumerate(candidates):
        own = place[each.item.source]
        others = float(shares.sum() - shares[own]) or 1.0
        agreed = float(totals[number] - best[number, own]) / others
        # The headline counts a little: it chooses where a story has one outlet only.
        headline = float(likeness.cosine[number, comparison.headline_row[each.item.number]])
        weights.append((agreed + 0.25 * headline + 0.02) * _form(each) * freshness(each))
    cosine, contained = likeness.cosine[:count, :count], likeness.contained[:count, :count]
    alike = _repeats(candidates, cosine, contained, takes=0.0)
    repeats = alike | (_same_figure(candidates) & _repeats(candidates, cosine, contained, takes=SAME_FIGURE_TAKES))
    phrases = Phrases(candidates, comparison.items)
    return Weighed(candidates, weights, cosine, repeats, alike, phrases, says_again)


def _repeats(
    candidates: Sequence[Candidate], cosine: Matrix, contained: Matrix, takes: float
) -> NDArray[np.bool_]:
    moments = np.array([moment(each.item.article).timestamp() for each in candidates])
    apart = np.abs(moments[:, None] - moments[None, :]) >= LATER_FROM_S
    allowed = np.where(apart, LATER_ALLOWS, 0.0) - takes
    said: NDArray[np.bool_] = (cosine >= REPEATS_FROM + allowed) | (contained >= CONTAINED_FROM + allowed)
    return said


def _same_figure(candidates: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Pairs of sentences that give the same figure for the same thing."""
    same = np.zeros((len(candidates), len(candidates)), dtype=bool)
    by_kind: dict[str, list[tuple[int, Figure]]] = defaultdict(list)
    for number, each in enumerate(candidates):
        for figure in each.sentence.figures:
            by_kind[figure.kind].append((number, figure))
    for found in by_kind.values():
        for (one, figure), (other, also) in combinations(found, 2):
            if agree(figure, also):
                same[one, other] = same[other, one] = True
    return same


def _form(each: Candidate) -> float:
    """Position in the article, length, and whether it is mostly a quotation."""
    score = max(0.55, 1.0 - 0.09 * each.sentence.position)
    length = len(each.sentence.text)
    if length > 230:
        score *= 230 / length
    if len(each.sentence.terms) < 5:
        score *= 0.7
    if each.sentence.text[0] in '"“„«「':
        score *= 0.6
    return score


def _digest(weighed: Weighed, usable: list[int], title: Set[str]) -> Digest:
    summary = _summary(weighed, usable, title)
    points = select(weighed, usable, [summary], MAX_POINTS)
    if len(points) < MIN_POINTS:
        narrow = replace(weighed, repeats=weighed.alike)
        points += select(narrow, usable, [summary, *points], MIN_POINTS - len(points))
    told = sorted((weighed.candidates[i] for i in points), key=lambda c: (c.item.number, c.sentence.position))
    return Digest(weighed.candidates[summary].point(), [each.point() for each in told], weighed)


def _summary(weighed: Weighed, usable: list[int], title: Set[str]) -> int:
    """The heaviest sentence of a length to tell the whole; where there is none, the heaviest."""
    low, high = SUMMARY_CHARS
    whole = [i for i in usable if low <= len(weighed.candidates[i].sentence.text) <= high]

    def weight(number: int) -> float:
        each = weighed.candidates[number]
        opens_with_clause = _SUBORDINATE.match(each.sentence.text) is not None
        partisan = PARTISAN_WEIGHS if each.item.partisan else 1.0
        # The summary is the sentence under the title, so it speaks of the same.
        spoken_of = len(title & set(each.sentence.terms)) / max(1, len(title))
        lead = 1.0 if each.sentence.position == 0 else 0.7
        form = partisan * lead * (0.75 if opens_with_clause else 1.0)
        return weighed.weights[number] * form * (0.6 + spoken_of)

    return max(whole or usable, key=lambda i: (weight(i), -i))


def select(weighed: Weighed, usable: Sequence[int], told: Sequence[int], most: int) -> list[int]:
    """At most `most` of the usable candidates that repeat neither each other nor what is told already."""
    weights = np.array(weighed.weights)
    left = np.zeros(len(weights), dtype=bool)
    left[list(usable)] = True
    left &= weights >= WEAKEST * weights[left].max(initial=0.0)
    for number in told:
        left &= ~weighed.repeats[number]
    articles = np.array([each.item.number for each in weighed.candidates])
    known = list(told)
    left[known] = False
    for _ in range(MAX_TRIED):
        if len(known) == len(told) + most or not left.any():
            break
        # The next point had better come from another article.
        told_of = np.zeros(articles.max() + 1, dtype=bool)
        told_of[articles[known]] = True
        again = np.where(told_of[articles], SAME_ARTICLE_WEIGHS, 1.0)
        worth = weights * again * (TOLD_WEIGHS + weighed.phrases.untold(known))
        number = int(np.where(left, worth, -np.inf).argmax())
        left[number] = False
        if not _said(weighed, number, known):
            known.append(number)
            left &= ~weighed.repeats[number]
    return known[len(told) :]


def _said(weighed: Weighed, number: int, known: Sequence[int]) -> bool:
    """By meaning. Those without a common term are not compared, since none of them ever said the same."""
    alike = weighed.similarity[number]
    texts = [weighed.candidates[each].sentence.text for each in known if alike[each] > 0.0]
    return weighed.says_again(weighed.candidates[number].sentence.text, texts)
