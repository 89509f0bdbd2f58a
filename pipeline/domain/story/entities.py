"""Names that the story's articles mention, aliases merged, with the number of articles.

A single word joins the longer name that ends with it (`Putin`, `Vladimir Putin`), and spellings that differ
by little are one (`Zelensky`, `Zelenskyy`). Names are shown as the story's language writes them; articles in
other languages count where the spelling is near. Limits: no name is looked up, so two people of one name
are one, and what kind of thing a name stands for is not said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from groundswell.record import Entity
from pipeline.domain.story.material import Item, Material
from pipeline.domain.writing import folded

MAX_ENTITIES = 15
_CONSIDERED = 80
"""Names compared with each other, most frequent first: bounds the cost, which is quadratic."""

_ALIKE = 0.8
_SHOWN_FROM = 0.15
"""A full name is shown if it is used by this part of the articles that use the most used form."""

_LEAST_ARTICLES = 2
"""A name needs this many articles, where the story has more than a few."""


def entities_of(material: Material) -> list[Entity]:
    """The most mentioned names, most frequent first; counts are out of the read articles."""
    mentions = _mentions(material.items)
    spoken = _mentions(material.spoken)
    outlets = {_plain(item.label) for item in material.items if item.label}
    ranked = sorted(mentions, key=lambda name: (-len(mentions[name]), name))
    heads = _heads([name for name in ranked if _plain(name) not in outlets][:_CONSIDERED])
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


def _heads(names: Sequence[str]) -> dict[str, str]:
    """Each name's representative: itself, or the more frequent name that it is an alias of."""
    heads: dict[str, str] = {}
    ordered = sorted(names, key=lambda name: (" " not in name, names.index(name)))
    for name in ordered:
        heads[name] = next((head for head in heads if heads[head] == head and _alias(name, head)), name)
    return heads


def _alias(name: str, head: str) -> bool:
    ours, theirs = _plain(name).split(), _plain(head).split()
    if not ours or not theirs:
        return False
    if len(ours) == 1:
        return _near(ours[0], theirs[-1])
    return _near(ours[0], theirs[0]) and _near(ours[-1], theirs[-1]) and len(ours) - len(theirs) in (-1, 0, 1)


@lru_cache(maxsize=4_096)
def _near(one: str, other: str) -> bool:
    if one == other:
        return True
    if one[0] != other[0] and {one[0], other[0]} != {"v", "w"}:
        return False
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > 3:
        return False
    return SequenceMatcher(None, one, other).ratio() > _ALIKE


@lru_cache(maxsize=4_096)
def _plain(name: str) -> str:
    return folded(name)
