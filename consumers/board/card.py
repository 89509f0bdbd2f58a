"""What the board keeps at hand of each story: enough to list, filter, search and rank it."""

from __future__ import annotations

import math
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from pydantic import AwareDatetime

from groundswell.record import Bias, Blindspot, Member, Momentum, Point, Record, Side, Status, StoryRecord, Topic
from pipeline.domain.search import searchable

HALF_LIFE_S = 6 * 3600.0
"""A story without new coverage falls to half of its weight in this time."""
ID_BYTES = 8
"""Of an article's id; two of a million articles share so many with a chance of one in 40 million."""
SEARCHED_CHARS = 4_000
"""Of each story; enough for the headlines of some forty members."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_changes = count(time.time_ns() // 1_000)
"""Grows over restarts too: a board takes fewer than a million records a second."""


class StoryCard(Record):
    """A story in a list. Every field is taken or counted from its latest record."""

    story_id: str
    revision: int
    status: Status
    title: str
    title_language: str | None
    summary: str | None
    summary_language: str | None
    summary_outlet: str | None
    article_count: int
    source_count: int
    publisher_count: int
    rated_source_count: int
    unrated_source_count: int
    bias: Bias
    """Shares are over the rated sources."""
    statement: str | None
    blindspot: Blindspot | None
    topics: list[Topic]
    languages: dict[str, int]
    countries: dict[str, int]
    first_published_at: AwareDatetime | None
    last_published_at: AwareDatetime | None
    updated_at: AwareDatetime
    momentum: Momentum | None
    image_url: str | None = None
    """Where the outlet has the picture; the board's own pages show a small one of their own, or none."""
    image_outlet: str | None = None

    @property
    def leading_side(self) -> Side | None:
        """The side with more rated sources than each other side; None in a draw or without ratings."""
        counts = {side: self.side_count(side) for side in Side}
        best = max(counts.values())
        leaders = [side for side, count in counts.items() if count == best]
        return leaders[0] if best and len(leaders) == 1 else None

    def side_count(self, side: Side) -> int:
        """Rated sources on this side."""
        sides = {Side.LEFT: self.bias.left, Side.CENTER: self.bias.center, Side.RIGHT: self.bias.right}
        return sides[side].count


@dataclass(frozen=True, slots=True)
class Entry:
    """A card with what listing needs beside it, worked out once: lists look at every entry."""

    card: StoryCard
    weight: float
    last_coverage_s: float | None
    """Seconds since the epoch; None where no article of the story has a date."""
    covering: frozenset[Side]
    """Sides with at least one rated source."""
    leading: Side | None
    blind: Side | None
    """The side of the blindspot."""
    searched: Mapping[str, str]
    """What can be searched, by language and `searchable`."""
    entities: tuple[str, ...]
    """Names, `searchable`."""
    outlets: frozenset[str]
    """Domains of the members that the record lists."""
    article_ids: frozenset[bytes]
    """Of the same, each cut to `ID_BYTES`."""
    changed: int
    """Number of the change that brought it; a later one is higher."""

    def quiet_since_s(self) -> float:
        """When the story was last heard of."""
        return self.card.updated_at.timestamp() if self.last_coverage_s is None else self.last_coverage_s

    def rank(self, newest_s: float) -> float:
        """Weight less age in half-lives; higher is first.

        That is the logarithm of `2**weight * 0.5**(age / half-life)`. The age is counted from the newest
        coverage on the board and not from the wall clock, so a replay of old news ranks as it did then; as
        all stories share that moment, it doesn't matter for the order. A story without dates counts as
        covered when its record was made, but not after the newest dated coverage.
        """
        last_s = min(self.quiet_since_s(), newest_s)
        return self.weight + (last_s - newest_s) / HALF_LIFE_S


def make_entry(record: StoryRecord) -> Entry:
    """The entry of a story from its latest record."""
    card = make_card(record)
    last = record.last_published_at
    # An article can't have been published after we saw it: a wrong date in the future must not stay on top.
    last_s = None if last is None else (min(last, record.updated_at) - _EPOCH).total_seconds()
    return Entry(
        card=card,
        weight=_weight(card),
        last_coverage_s=last_s,
        covering=frozenset(side for side in Side if card.side_count(side)),
        leading=card.leading_side,
        blind=card.blindspot.side if card.blindspot else None,
        searched=_searched(record),
        entities=tuple(searchable(each.name) for each in record.entities),
        outlets=frozenset(sys.intern(each.outlet.domain) for each in record.articles if each.outlet.domain),
        article_ids=frozenset(short_id(each.article_id) for each in record.articles),
        changed=next(_changes),
    )


def short_id(article_id: str) -> bytes:
    """Enough of an id to tell the articles of a board apart, in a fifth of the memory."""
    return article_id[: 2 * ID_BYTES].encode()


def newest_coverage_s(entries: Iterable[Entry]) -> float:
    """When the newest coverage of all was; 0 where there is none."""
    entries = list(entries)
    dated = [each.last_coverage_s for each in entries if each.last_coverage_s is not None]
    return max(dated, default=max((each.quiet_since_s() for each in entries), default=0.0))


def make_card(record: StoryRecord) -> StoryCard:
    """The card of a record."""
    languages = {member.article_id: member.language for member in record.articles}
    summary: Point | None = record.summary
    return StoryCard(
        story_id=record.story_id,
        revision=record.revision,
        status=record.status,
        title=record.title,
        title_language=record.language or languages.get(record.title_article_id or ""),
        summary=summary.text if summary else None,
        summary_language=languages.get(summary.article_id) if summary else None,
        summary_outlet=summary.outlet if summary else None,
        article_count=record.article_count,
        source_count=record.source_count,
        publisher_count=record.publisher_count,
        rated_source_count=record.coverage.rated_source_count,
        unrated_source_count=record.coverage.unrated_source_count,
        bias=record.coverage.bias,
        statement=record.coverage.statement.text if record.coverage.statement else None,
        blindspot=record.coverage.blindspot,
        topics=record.topics,
        languages=record.coverage.languages,
        countries=record.coverage.countries,
        first_published_at=record.first_published_at,
        last_published_at=record.last_published_at,
        updated_at=record.updated_at,
        momentum=record.momentum,
        image_url=record.image_url,
        image_outlet=outlet_name(pictured) if (pictured := pictured_in(record)) else None,
    )


def pictured_in(record: StoryRecord) -> Member | None:
    """The member whose picture is the story's; None where it has none, or the record does not list it."""
    if record.image_url is None:
        return None
    found = [member for member in record.articles if member.image_url == record.image_url]
    return next(
        (member for member in found if member.article_id == record.title_article_id), found[0] if found else None
    )


def outlet_name(member: Member) -> str:
    """How to call the outlet of a member; empty where it is unknown."""
    return member.outlet.name or member.outlet.domain or ""


def _weight(card: StoryCard) -> float:
    """Breadth and momentum, each on a logarithmic scale.

    Breadth counts publishers: outlets of one owner are one voice. Momentum is articles per hour.
    """
    per_hour = max(card.momentum.articles_per_hour, 0.0) if card.momentum else 0.0
    return math.log2(1 + card.publisher_count) + math.log2(1 + per_hour)


def _searched(record: StoryRecord) -> dict[str, str]:
    languages = {member.article_id: member.language for member in record.articles}
    own = record.language or ""
    parts = [(own, record.title)]
    parts += [(own, word) for word in (*record.keywords, *(entity.name for entity in record.entities))]
    points = ([record.summary] if record.summary else []) + record.key_points
    parts += [(languages.get(point.article_id, own), point.text) for point in points]
    parts += [(member.language, member.title) for member in record.articles]
    texts, left = defaultdict[str, list[str]](list), SEARCHED_CHARS
    for language, text in parts:
        texts[language].append(text[: max(left, 0)])
        left -= len(text)
    return {language: searchable(" ".join(each)) for language, each in texts.items()}
