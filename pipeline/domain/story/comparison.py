"""All sentences and headlines of one language, compared once for all parts of the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.story.material import Candidate, Item, Material
from pipeline.domain.story.similarity import Likeness, similarities


@dataclass(frozen=True)
class Comparison:
    """Rows of the likeness are the candidates in their order, then the headlines of the items."""

    candidates: list[Candidate]
    items: list[Item]
    likeness: Likeness
    headline_row: dict[int, int]
    """Of each item's number."""


class Comparisons:
    """The comparisons of a story, each made when it is first asked for."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._made: dict[str, Comparison] = {}

    def of(self, language: str) -> Comparison:
        """All sentences and headlines in this language."""
        if language not in self._made:
            self._made[language] = _compare(self._material, language)
        return self._made[language]


def _compare(material: Material, language: str) -> Comparison:
    candidates = material.candidates(language)
    items = [item for item in material.items if item.reading.language == language]
    texts: list[Sequence[str]] = [each.sentence.terms for each in candidates]
    texts += [item.reading.headline_terms for item in items]
    light = frozenset[str]().union(*(each.sentence.name_terms for each in candidates))
    rows = {item.number: len(candidates) + place for place, item in enumerate(items)}
    return Comparison(candidates, items, similarities(texts, light), rows)
