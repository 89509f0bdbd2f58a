"""Words that many outlets of the story use, without names: those are entities."""

from __future__ import annotations

from collections import Counter, defaultdict

from pipeline.domain.story.language.words import normal
from pipeline.domain.story.material import Material

MAX_KEYWORDS = 10
_HEADLINE_WEIGHS = 2
"""A headline's word counts this many times a word of the text."""


def keywords_of(material: Material) -> list[str]:
    """The most shared words in the story's language, in their most frequent form, most shared first."""
    names = {normal(part, material.language) for name in _names(material) for part in name.split()}
    weight: Counter[str] = Counter()
    users: dict[str, set[str]] = defaultdict(set)
    for item in material.spoken:
        headline = set(item.reading.headline_terms)
        for term in item.reading.vocabulary:
            users[term].add(item.source)
            weight[term] += _HEADLINE_WEIGHS if term in headline else 1
    fit = [term for term in weight if term not in names]
    shared = [term for term in fit if len(users[term]) > 1] or fit
    ranked = sorted(shared, key=lambda term: (-len(users[term]) * weight[term], term))[:MAX_KEYWORDS]
    return [_most_used_form(term, material) for term in ranked]


def _most_used_form(term: str, material: Material) -> str:
    forms = Counter(word for item in material.spoken if (word := item.reading.vocabulary.get(term)))
    return min(forms, key=lambda form: (-forms[form], form))


def _names(material: Material) -> set[str]:
    return {
        name
        for reading in (item.reading for item in material.spoken)
        for name in reading.headline_names + sum((each.names for each in reading.sentences), ())
    }
