"""What the text parts of the record are made from: the read members and their sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from groundswell.record import Point, Side
from pipeline.domain.story.analysis import Reading, Sentence, read
from pipeline.domain.story.roll import Roll
from pipeline.domain.story.sample import choose
from pipeline.domain.story.snapshot import StoredArticle

_SUFFIX = re.compile(r"\s+[-–—|•]\s+([^-–—|•]{2,40})$")

LANGUAGE_LEAD = 1.5
"""A story's language changes only to one with this many times the sources."""

PARTISAN_WEIGHS = 0.75
"""A headline or summary by an outlet rated far to one side, where another's weighs 1."""


@dataclass(frozen=True)
class Item:
    """A member that is read."""

    number: int
    """Its place among the read members, oldest first."""
    article: StoredArticle
    reading: Reading
    source: str
    """Key of its source; unique where the source is unknown."""
    label: str | None
    side: Side | None
    reprinted_on: frozenset[Side]
    """Sides of the outlets that reprinted it."""
    partisan: bool
    """The outlet is rated far left or far right, not just leaning."""
    headline: str
    """Without label and without the outlet's own name at the end."""


@dataclass(frozen=True)
class Candidate:
    """A sentence of a member."""

    item: Item
    sentence: Sentence

    def point(self) -> Point:
        """The sentence as the record cites it."""
        return Point(text=self.sentence.text, article_id=self.item.article.article_id, outlet=self.item.label)


@dataclass(frozen=True)
class Material:
    """The read members of one story, oldest first."""

    items: tuple[Item, ...]
    language: str
    """The one in which the reader is told the story."""

    @property
    def spoken(self) -> list[Item]:
        """Items in the story's language."""
        return [item for item in self.items if item.reading.language == self.language]

    def candidates(self, language: str) -> list[Candidate]:
        """All sentences in this language, by member and position."""
        return [
            Candidate(item, sentence)
            for item in self.items
            if item.reading.language == language
            for sentence in item.reading.sentences
        ]


def material_of(
    roll: Roll, edition_language: str | None = None, previous_title_article_id: str | None = None
) -> Material:
    """Read a bounded choice of the originals and settle the language."""
    items = tuple(_item(number, article, roll) for number, article in enumerate(choose(roll)))
    previous = roll.get(previous_title_article_id)
    spoken = read(previous).language if previous and previous.reprint_of is None else None
    return Material(items, _language(items, edition_language, spoken))


def _item(number: int, article: StoredArticle, roll: Roll) -> Item:
    reading = read(article)
    source = roll.sources.of(article.article_id)
    label = source.label if source else None
    names = {label, article.outlet, source.domain if source else None}
    return Item(
        number=number,
        article=article,
        reading=reading,
        source=roll.sources.key(article.article_id),
        label=label,
        side=source.side if source else None,
        reprinted_on=roll.sides_of_reprints(article.article_id),
        partisan=source is not None and source.bias in ("left", "right"),
        headline=_without_outlet(reading.headline, names),
    )


def _without_outlet(headline: str, names: set[str | None]) -> str:
    """`Talks end without deal - BBC News` without its end."""
    suffix = _SUFFIX.search(headline)
    if suffix is None:
        return headline
    given = _letters(suffix.group(1))
    ours = any(name and (_letters(name) in given or given in _letters(name)) for name in names)
    return headline[: suffix.start()] if ours else headline


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _language(items: Sequence[Item], edition: str | None, previous: str | None) -> str:
    """The edition's, where any member is in it; else the one of most sources, with a bonus for staying."""
    pairs = {(item.reading.language, item.source) for item in items}
    counts = Counter(language for language, _ in pairs)
    if edition is not None and edition in counts:
        return edition
    first = {language: min(i.number for i in items if i.reading.language == language) for language in counts}
    ranked = sorted(counts, key=lambda language: (-counts[language], first[language]))
    if not ranked:
        return edition or ""
    if previous is not None and previous in counts and counts[ranked[0]] < LANGUAGE_LEAD * counts[previous]:
        return previous
    return ranked[0]
