"""Names that the story's articles mention, aliases merged, with the number of articles.

A single word joins the longer name that ends with it (`Putin`, `Vladimir Putin`), an acronym its long form, and
spellings that differ by little are one, in any script (`Zelensky`, `Zelenskyy`, `Зеленский`). Names are shown as
the story's language writes them; articles in other languages count. News agencies are no part of a story. Limits:
no name is looked up, so two people of one name are one, and what kind of thing a name stands for is not said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from groundswell.record import Entity
from pipeline.domain.story.aliases import alias, plain
from pipeline.domain.story.language.agencies import is_agency
from pipeline.domain.story.material import Item, Material

MAX_ENTITIES = 15
_CONSIDERED = 80
"""Names compared with each other, most frequent first: bounds the cost, which is quadratic."""

_SHOWN_FROM = 0.15
"""A full name is shown if it is used by this part of the articles that use the most used form."""

_LEAST_ARTICLES = 2
"""A name needs this many articles, where the story has more than a few."""


def entities_of(material: Material) -> list[Entity]:
    """The most mentioned names, most frequent first; counts are out of the read articles."""
    mentions = _mentions(material.items)
    spoken = _mentions(material.spoken)
    outlets = {plain(item.label) for item in material.items if item.label}
    ranked = sorted(mentions, key=lambda name: (-len(mentions[name]), name))
    named = [name for name in ranked if plain(name) not in outlets and not is_agency(name)]
    heads = _heads(named[:_CONSIDERED], _texts(material.items))
    groups: dict[str, list[str]] = defaultdict(list)
    for name, head in heads.items():
        groups[head].append(name)
    least = _LEAST_ARTICLES if len(material.items) > _LEAST_ARTICLES else 1
    found = []
    for group in groups.values():
        articles = set[int]().union(*(mentions[name] for name in group))
        own = [name for name in group if name in spoken]
        if own and len(articles) >= least:
            found.append(Entity(name=_shown(own, spoken), articles=len(articles)))
    return sorted(found, key=lambda entity: (-entity.articles, entity.name))[:MAX_ENTITIES]


def _mentions(items: Sequence[Item]) -> dict[str, set[int]]:
    """The articles that mention each name as written."""
    found: dict[str, set[int]] = defaultdict(set)
    for item in items:
        reading = item.reading
        for name in (*reading.headline_names, *(name for each in reading.sentences for name in each.names)):
            found[name].add(item.number)
    return found


def _shown(names: Sequence[str], mentions: dict[str, set[int]]) -> str:
    """The full name in its most frequent spelling; a single word only where no full name is usual."""
    most = max(len(mentions[name]) for name in names)
    full = [name for name in names if " " in name and len(mentions[name]) >= _SHOWN_FROM * most]
    full = full or [name for name in names if len(mentions[name]) == most]
    return min(full, key=lambda name: (-len(mentions[name]), len(name), name))


def _texts(items: Sequence[Item]) -> list[str]:
    """Sentences that may tell what an acronym stands for."""
    return [sentence.text for item in items for sentence in item.reading.sentences if "(" in sentence.text]


def _heads(names: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """Each name's representative: itself, or the more frequent name that it is an alias of."""
    heads: dict[str, str] = {}
    ordered = sorted(names, key=lambda name: (" " not in name, names.index(name)))
    for name in ordered:
        heads[name] = next((head for head in heads if heads[head] == head and alias(name, head, texts)), name)
    return heads
