"""Which stories to list, and in what order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from consumers.board.card import Entry, short_id
from consumers.board.meaning import StoryMeaning
from groundswell.media_topics import called
from groundswell.record import Side
from pipeline.domain.records.article import Article
from pipeline.domain.search import searchable
from pipeline.domain.search_index import SearchIndex
from pipeline.domain.story.aliases import named

NEAREST = 10
"""Stories that a query finds by meaning alone, at most: what comes later is seldom wanted."""

Predicate = Callable[[Entry], bool]
_Words = Annotated[str, StringConstraints(max_length=200)]
_Language = Annotated[str, StringConstraints(max_length=35, strip_whitespace=True, to_lower=True)]
_Country = Annotated[str, StringConstraints(max_length=35, strip_whitespace=True, to_upper=True)]
_Domain = Annotated[str, StringConstraints(max_length=253, strip_whitespace=True, to_lower=True)]
_Address = Annotated[str, StringConstraints(max_length=4_000, strip_whitespace=True)]


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


def _utc(moment: datetime) -> datetime:
    """A time without a zone is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_BLANK = BeforeValidator(_blank_is_none)
_Moment = Annotated[datetime, AfterValidator(_utc)]


class StoryQuery(BaseModel):
    """Filters; all that are set must hold."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    q: Annotated[_Words | None, _BLANK] = None
    """Words; each must meet a word of the title, summary, key points, names or headlines, in whatever form.
    Stories near in meaning, in whatever words or language, come after those, where records tell vectors."""
    coverage: Annotated[Stance | None, _BLANK] = None
    """Which side leads the coverage, or takes part in it."""
    language: Annotated[_Language | None, _BLANK] = None
    """A language that some article is in, ISO 639-1."""
    country: Annotated[_Country | None, _BLANK] = None
    """As `source_country`: the name that the front page has for it."""
    source_country: Annotated[_Country | None, _BLANK] = None
    """A country that some source is from, ISO 3166-1 alpha-2."""
    entity: Annotated[_Words | None, _BLANK] = None
    """Words that all belong to one name of the story, in any script: `putin`, `Путин`, `federal reserve`."""
    topic: Annotated[_Words | None, _BLANK] = None
    """A Media Topic of the story, by id or name: `medtop:15000000`, `15000000`, `sport`."""
    outlet: Annotated[_Domain | None, _BLANK] = None
    """Domain of an outlet that covers it: `example.com`."""
    since: Annotated[_Moment | None, _BLANK] = None
    """Covered at this time or later: `2025-08-15` or `2025-08-15T20:30:00Z`; without a zone it is UTC."""
    until: Annotated[_Moment | None, _BLANK] = None
    """Covered before this time."""
    min_sources: Annotated[Annotated[int, Field(ge=1, le=100_000)] | None, _BLANK] = None
    """Outlets that cover it, at least."""
    article_url: Annotated[_Address | None, _BLANK] = None
    """Address of an article, as it stands or as somebody shared it: the story that lists it."""
    blindspot: Annotated[BlindspotOf | None, _BLANK] = None
    """Which side hardly covers it."""
    sort: Annotated[Order, BeforeValidator(_blank_is_top)] = Order.TOP
    """The order of the list."""

    @property
    def is_filtered(self) -> bool:
        """True where the list is not of all stories."""
        return bool(self.model_dump(exclude={"sort"}, exclude_none=True, exclude_defaults=True))


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds."""

    entries: Sequence[Entry]
    """By its filters and words, by rank."""
    near: Sequence[tuple[float, Entry]] = ()
    """Those that only its meaning finds, each with its likeness, the most alike first."""
    cut: float = 1.0
    """Likeness from which on they count."""


def in_order(found: Sequence[Entry], query: StoryQuery) -> Sequence[Entry]:
    """The entries in the order of the query; they come in order of rank."""
    if query.sort is Order.LATEST:
        return sorted(found, key=lambda entry: -entry.quiet_since_s())
    if query.sort is Order.SOURCES:
        return sorted(found, key=lambda entry: -entry.card.source_count)
    return found


def matching(
    entries: Sequence[Entry],
    query: StoryQuery,
    words: SearchIndex,
    meaning: StoryMeaning,
    cut: float | None = None,
) -> Found:
    """The entries that the query wants, in their order; `words` and `meaning` have them under `Entry.changed`.

    By meaning at most `NEAREST`, or all from the likeness `cut` on.
    """
    tests = list(_predicates(query))

    def chosen(some: Iterable[Entry]) -> list[Entry]:
        return [entry for entry in some if all(test(entry) for test in tests)]

    numbers = words.find(query.q) if query.q else None
    if numbers is None:
        return Found(chosen(entries) if tests else entries)
    found = chosen(entry for entry in entries if entry.changed in numbers)
    close = meaning.near(query.q or "", cut)
    if close is None:
        return Found(found)
    alike = close.likeness
    others = chosen(entry for entry in entries if entry.changed in alike and entry.changed not in numbers)
    near = sorted(
        ((alike[each.changed], each) for each in others), key=lambda each: (-each[0], each[1].card.story_id)
    )
    if cut is not None or len(near) <= NEAREST:
        return Found(found, near, close.cut)
    return Found(found, near[:NEAREST], near[NEAREST - 1][0])


def _predicates(query: StoryQuery) -> Iterable[Predicate]:
    """Cheap tests first."""
    if query.blindspot:
        yield _blindspot(query.blindspot)
    if query.coverage:
        yield _stance(query.coverage)
    if (least := query.min_sources) is not None:
        yield lambda entry: entry.card.source_count >= least
    yield from _belongings(query)
    yield from _times(query)
    if query.entity:
        yield _entity(query.entity)


def _belongings(query: StoryQuery) -> Iterable[Predicate]:
    """What must be among the story's languages, countries, outlets and articles."""
    if language := query.language:
        yield lambda entry: language in entry.card.languages
    if countries := {each for each in (query.country, query.source_country) if each}:
        yield lambda entry: countries <= entry.card.countries.keys()
    if topic := query.topic and query.topic.strip().lower():
        yield lambda entry: any(topic in called(each.id, each.name) for each in entry.card.topics)
    if outlet := query.outlet:
        domain = outlet.removeprefix("www.")
        yield lambda entry: domain in entry.outlets
    if query.article_url:
        article_id = short_id(Article(title="-", url=query.article_url).article_id)
        yield lambda entry: article_id in entry.article_ids


def _times(query: StoryQuery) -> Iterable[Predicate]:
    """A story is covered from its first article to its last; one without dates is out."""
    if since := query.since:
        yield lambda entry: entry.card.last_published_at is not None and entry.card.last_published_at >= since
    if until := query.until:
        yield lambda entry: entry.card.first_published_at is not None and entry.card.first_published_at < until


def _entity(words: str) -> Predicate:
    is_named = named(searchable(words))
    return lambda entry: any(map(is_named, entry.entities))


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
