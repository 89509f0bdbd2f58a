"""The title: the member headline that says it best, and that stays unless clearly beaten."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.domain.story.comparison import Comparison, Comparisons
from pipeline.domain.story.language.lexicons import lexicon
from pipeline.domain.story.material import PARTISAN_WEIGHS, Item, Material
from pipeline.domain.story.similarity import recency, support

STAYS_UNLESS_BEATEN_BY = 1.25
"""A new headline must score this many times the present one's."""

OLDEST_WEIGHS = 0.5
"""A match with the outlet that wrote first, where one with the last weighs 1."""

_LEAD_SENTENCES = 2
_LEAST = 0.05
"""Of a headline's match: alone, or unlike all others, quality decides."""
_FEW_TERMS, _MANY_TERMS = 4, 13
_SHOUTED = re.compile(r"\b[A-ZÀ-ÞА-ЯЁ]{4,}\b")
_QUOTE = re.compile("[\"“”„«»]|(?<!\\w)['‘]|['’](?!\\w)")


@dataclass(frozen=True)
class Title:
    """The headline chosen, and whose it is."""

    text: str
    item: Item


def choose_title(
    material: Material,
    comparisons: Comparisons,
    previous_article_id: str | None,
    freshness: Callable[[Item], float],
) -> Title | None:
    """None without members.

    A headline scores by how well it matches the headlines and leads of the other outlets, newer coverage
    weighing more (a story's first headline is often overtaken), times how informative and sober it is and
    how fresh its figures are.
    """
    comparison = comparisons.of(material.language)
    items = comparison.items
    if not items:
        return None
    scores = _centrality(comparison) * np.array([sobriety(item) * freshness(item) for item in items])
    best = int(np.argmax(scores))
    for number, item in enumerate(items):
        kept = item.article.article_id == previous_article_id
        if kept and scores[best] < STAYS_UNLESS_BEATEN_BY * scores[number]:
            best = number
    return Title(items[best].headline, items[best])


def _centrality(comparison: Comparison) -> np.ndarray:
    """Weighted mean over the other outlets of the best match with their headlines and leads."""
    items = comparison.items
    if len({item.source for item in items}) < 2:
        return np.full(len(items), _LEAST)
    leads = [i for i, c in enumerate(comparison.candidates) if c.sentence.position < _LEAD_SENTENCES]
    headlines = [comparison.headline_row[item.number] for item in items]
    owners = [item.source for item in items] + [comparison.candidates[i].item.source for i in leads]
    best, names = support(comparison.likeness.cosine[np.ix_(headlines, headlines + leads)], owners)
    weights = np.tile(recency({i.source: i.number for i in items}, names, OLDEST_WEIGHS), (len(items), 1))
    weights[range(len(items)), [names.index(item.source) for item in items]] = 0.0
    totals = weights.sum(axis=1)
    scores: np.ndarray = (best * weights).sum(axis=1) / np.where(totals > 0, totals, 1.0)
    return scores + _LEAST


def sobriety(item: Item) -> float:
    """1 for a plain, informative report headline; every defect takes a part."""
    words = lexicon(item.reading.language)
    terms = len(set(item.reading.headline_terms))
    score = 1.0
    if terms < _FEW_TERMS:
        score *= (terms + 1) / (_FEW_TERMS + 1)
    elif terms > _MANY_TERMS:
        score *= _MANY_TERMS / terms
    if item.partisan:
        score *= PARTISAN_WEIGHS
    if not item.reading.is_report:
        score *= 0.4
    if words.clickbait.search(item.headline):
        score *= 0.5
    if item.headline.rstrip().endswith(("?", "？", "؟")):
        score *= 0.4
    if item.headline.rstrip().endswith(("!", "…", "...")):
        score *= 0.6
    if _QUOTE.search(item.headline):
        score *= 0.85
    if len(_SHOUTED.findall(item.headline)) > 2:
        score *= 0.6
    return score
