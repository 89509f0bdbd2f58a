"""Which stories to list, and in what order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from consumers.board.card import Entry
from groundswell.record import Side
from pipeline.domain.search import finds

Predicate = Callable[[Entry], bool]
_Words = Annotated[str, StringConstraints(max_length=200)]
_Code = Annotated[str, StringConstraints(max_length=35)]


class Stance(StrEnum):
    """How a side takes part in a story."""

    LEFT_LEADS = "left-leads"
    """More rated sources of the left than of each other side."""
    CENTER_LEADS = "center-leads"
    """More rated sources of the center than of each other side."""
    RIGHT_LEADS = "right-leads"
    """More rated sources of the right than of each other side."""
    LEFT_COVERS = "left-covers"
    """At least one source of the left."""
    CENTER_COVERS = "center-covers"
    """At least one source of the center."""
    RIGHT_COVERS = "right-covers"
    """At least one source of the right."""


class BlindspotOf(StrEnum):
    """Stories that a side covers less than chance would explain."""

    ANY = "any"
    """Some side hardly covers it."""
    LEFT = "left"
    """The left hardly covers it."""
    CENTER = "center"
    """The center hardly covers it."""
    RIGHT = "right"
    """The right hardly covers it."""


class Order(StrEnum):
    """The order of a list."""

    TOP = "top"
    """Momentum and breadth, older coverage weighing less."""
    LATEST = "latest"
    """Latest coverage first."""
    SOURCES = "sources"
    """Most sources first."""


def _blank_is_none(value: object) -> object:
    """A form without JavaScript sends its empty fields too."""
    return None if isinstance(value, str) and not value.strip() else value


def _blank_is_top(value: object) -> object:
    return Order.TOP if _blank_is_none(value) is None else value


class StoryQuery(BaseModel):
    """Filters; all that are set must hold."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    q: Annotated[_Words | None, BeforeValidator(_blank_is_none)] = None
    """Words; each must begin a word of the title, summary, key points, names or headlines."""
    coverage: Annotated[Stance | None, BeforeValidator(_blank_is_none)] = None
    language: Annotated[_Code | None, BeforeValidator(_blank_is_none)] = None
    """A language that some article is in, ISO 639-1."""
    country: Annotated[_Code | None, BeforeValidator(_blank_is_none)] = None
    """A country that some source is from, ISO 3166-1 alpha-2."""
    blindspot: Annotated[BlindspotOf | None, BeforeValidator(_blank_is_none)] = None
    sort: Annotated[Order, BeforeValidator(_blank_is_top)] = Order.TOP

    @property
    def is_filtered(self) -> bool:
        """True where the list is not of all stories."""
        return any((self.q, self.coverage, self.language, self.country, self.blindspot))


def select(ranked: Sequence[Entry], query: StoryQuery) -> Sequence[Entry]:
    """The entries that the query wants, in its order; `ranked` is in order of rank."""
    tests = list(_predicates(query))
    found = [entry for entry in ranked if all(test(entry) for test in tests)] if tests else ranked
    if query.sort is Order.LATEST:
        return sorted(found, key=lambda entry: -entry.quiet_since_s())
    if query.sort is Order.SOURCES:
        return sorted(found, key=lambda entry: -entry.card.source_count)
    return found


def _predicates(query: StoryQuery) -> Iterable[Predicate]:
    """Cheap tests first."""
    if query.blindspot:
        yield _blindspot(query.blindspot)
    if query.coverage:
        yield _stance(query.coverage)
    if language := query.language:
        yield lambda entry: language in entry.card.languages
    if country := query.country:
        yield lambda entry: country in entry.card.countries
    if query.q:
        yield _words(query.q)


def _blindspot(of: BlindspotOf) -> Predicate:
    if of is BlindspotOf.ANY:
        return lambda entry: entry.blind is not None
    side = Side(of.value)
    return lambda entry: entry.blind is side


def _stance(stance: Stance) -> Predicate:
    name, _, verb = stance.value.partition("-")
    side = Side(name)
    if verb == "leads":
        return lambda entry: entry.leading is side
    return lambda entry: side in entry.covering


def _words(text: str) -> Predicate:
    has_words = finds(text)
    return lambda entry: has_words(entry.searched)
