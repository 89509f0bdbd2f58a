"""The list of articles on a story's page: which side, which order, how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from groundswell.record import Member, Side

LISTED = 25
"""Articles shown before the reader asks for all of them."""

_SIDES = {
    "left": Side.LEFT,
    "lean-left": Side.LEFT,
    "center": Side.CENTER,
    "lean-right": Side.RIGHT,
    "right": Side.RIGHT,
}
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_FAR_AHEAD = datetime(9999, 12, 31, tzinfo=UTC)


class Tab(StrEnum):
    """A tab over the articles."""

    ALL = "all"
    """Every article."""
    LEFT = "left"
    """Of outlets that lean left."""
    CENTER = "center"
    """Of outlets in the center."""
    RIGHT = "right"
    """Of outlets that lean right."""
    UNRATED = "unrated"
    """Of outlets whose lean is not known."""


class ArticleOrder(StrEnum):
    """The order of the articles; undated ones always come last."""

    NEWEST = "newest"
    """Latest first."""
    OLDEST = "oldest"
    """Earliest first."""


def _lenient(kind: type[StrEnum], fallback: StrEnum) -> BeforeValidator:
    """A page shows its default for a value that it doesn't know, and not an error."""
    return BeforeValidator(lambda value: value if value in list(kind) else fallback)


class ArticleQuery(BaseModel):
    """What a reader chose on a story's page."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    side: Annotated[Tab, _lenient(Tab, Tab.ALL)] = Tab.ALL
    sort: Annotated[ArticleOrder, _lenient(ArticleOrder, ArticleOrder.NEWEST)] = ArticleOrder.NEWEST
    show: str = ""
    """`all` lists every article."""

    def address(self, **changes: str) -> str:
        """The query string of this choice with changes; defaults are left out."""
        chosen = self.model_copy(update=changes)
        parts = [f"side={chosen.side}"] if chosen.side != Tab.ALL else []
        parts += [f"sort={chosen.sort}"] if chosen.sort != ArticleOrder.NEWEST else []
        parts += ["show=all"] if chosen.show == "all" else []
        return f"?{'&'.join(parts)}#articles"


@dataclass(frozen=True, slots=True)
class ArticleList:
    """The articles to show, and how many there are behind each tab."""

    query: ArticleQuery
    counts: dict[Tab, int]
    members: Sequence[Member]
    found: int
    """With the tab applied, before the list was cut."""


def side_of(member: Member) -> Side | None:
    """The side of the member's outlet; None where it is not rated."""
    return _SIDES.get(member.outlet.bias or "")


def tab_of(member: Member) -> Tab:
    """The tab that the member stands under, beside `all`."""
    side = side_of(member)
    return Tab(side.value) if side else Tab.UNRATED


def list_articles(members: Sequence[Member], query: ArticleQuery) -> ArticleList:
    """Apply the reader's choice."""
    counts = Counter(tab_of(member) for member in members)
    found = [member for member in members if query.side in (Tab.ALL, tab_of(member))]
    if query.sort is ArticleOrder.NEWEST:
        found.reverse()
        found = sorted(found, key=lambda m: m.published_at or _LONG_AGO, reverse=True)
    else:
        found = sorted(found, key=lambda m: m.published_at or _FAR_AHEAD)
    shown = found if query.show == "all" else found[:LISTED]
    return ArticleList(query, {**{tab: counts[tab] for tab in Tab}, Tab.ALL: len(members)}, shown, len(found))
