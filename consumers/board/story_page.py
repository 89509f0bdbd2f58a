"""Everything that a story's page shows, from its record and what the board remembers of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consumers.board.articles import ArticleList, ArticleQuery, Tab, list_articles, tab_of
from consumers.board.card import StoryCard, outlet_name, pictured_in
from consumers.board.charts import Segment, Timeline, bias_segments, factuality_segments, timeline
from consumers.board.differences import Difference, difference_of
from consumers.board.history import MergedStory, RevisionNote
from consumers.board.view import StoryView
from groundswell.record import Member, PerspectivePoint, StoryRecord

TOP = 8
"""Owners, outlets, countries and languages named before the rest is summed up."""


@dataclass(frozen=True, slots=True)
class OutletLine:
    """An outlet with its articles among the members listed."""

    name: str
    articles: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """The most frequent values of a count, and what is left."""

    top: Sequence[tuple[str, int]]
    others: int
    """How many further values there are."""
    others_sum: int
    peak: int


@dataclass(frozen=True, slots=True)
class StoryPage:
    """The page of one story."""

    record: StoryRecord
    members: Mapping[str, Member]
    bias: Sequence[Segment]
    outlets: Mapping[Tab, Sequence[OutletLine]]
    factuality: Sequence[Segment]
    owners: Ranked
    countries: Ranked
    languages: Ranked
    top_outlets: Ranked
    timeline: Timeline
    articles: ArticleList
    perspectives: Sequence[tuple[str, list[PerspectivePoint] | None]]
    differences: Sequence[Difference]
    history: Sequence[RevisionNote]
    absorbed: Sequence[MergedStory]
    related: Sequence[StoryCard]
    title_language: str | None
    pictured: Member | None
    """Whose picture the story has."""

    def language_of(self, article_id: str | None) -> str | None:
        """Language of a member; None where it is not listed."""
        member = self.members.get(article_id or "")
        return member.language if member else None


def build_page(record: StoryRecord, view: StoryView, query: ArticleQuery) -> StoryPage:
    """Put the page together."""
    members = {member.article_id: member for member in record.articles}
    title_member = members.get(record.title_article_id or "")
    outlets = _outlets(record.articles)
    sides = record.perspectives
    spoken = {member.article_id for member in record.articles if member.language == record.language}
    return StoryPage(
        record=record,
        members=members,
        bias=bias_segments(record.coverage.bias),
        outlets=outlets,
        factuality=factuality_segments(record.coverage.factuality),
        owners=ranked(record.coverage.ownership),
        countries=ranked(record.coverage.countries),
        languages=ranked(record.coverage.languages),
        top_outlets=ranked({line.name: line.articles for lines in outlets.values() for line in lines}),
        timeline=timeline(record.timeline),
        articles=list_articles(record.articles, query),
        perspectives=[("left", sides.left), ("center", sides.center), ("right", sides.right)],
        differences=[difference_of(each, spoken) for each in record.contradictions],
        history=view.history(record.story_id),
        absorbed=[view.merged(each) or MergedStory(each, record.story_id) for each in record.absorbed],
        related=_related(record, view),
        title_language=record.language or (title_member.language if title_member else None),
        pictured=pictured_in(record),
    )


def ranked(counts: Mapping[str, int]) -> Ranked:
    """The most frequent first; equals in alphabetical order."""
    ordered = sorted(((k, n) for k, n in counts.items() if n), key=lambda item: (-item[1], item[0]))
    rest = ordered[TOP:] if len(ordered) > TOP + 1 else []
    top = ordered[: len(ordered) - len(rest)]
    return Ranked(top, len(rest), sum(count for _, count in rest), ordered[0][1] if ordered else 0)


def _outlets(members: Sequence[Member]) -> dict[Tab, list[OutletLine]]:
    """Outlets per side, those with most articles first. An outlet is its domain, or its name without one."""
    counts: dict[Tab, dict[str, tuple[str, int]]] = {}
    for member in members:
        if not member.outlet.domain and not member.outlet.name:
            continue
        of_side = counts.setdefault(tab_of(member), {})
        key = member.outlet.domain or member.outlet.name or ""
        name, count = of_side.get(key, (outlet_name(member), 0))
        of_side[key] = (name, count + 1)
    return {
        tab: [OutletLine(*line) for line in sorted(of_side.values(), key=lambda line: (-line[1], line[0]))]
        for tab, of_side in counts.items()
    }


def _related(record: StoryRecord, view: StoryView) -> list[StoryCard]:
    """Related stories that are on the board, under the ids they have now."""
    ids = dict.fromkeys(view.resolve(each) for each in record.related)
    cards = [view.card(story_id) for story_id in ids if story_id != record.story_id]
    return [card for card in cards if card and card.article_count]
