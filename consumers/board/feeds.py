"""Any list of stories as a feed, where people already listen: Atom (RFC 4287) and JSON Feed 1.1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator, ConfigDict, Field

from consumers.board.access import Access
from consumers.board.answering import TaggedRoute
from consumers.board.api import ANY, MAX_LIMIT, REFUSED
from consumers.board.card import StoryCard
from consumers.board.names import language_tag
from consumers.board.query import Order, StoryQuery
from consumers.board.view import StoryView
from pipeline.json_codec import to_json

ATOM = "application/atom+xml"
JSON_FEED = "application/feed+json"
_ATOM_NAMES = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold, not even escaped."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class FeedQuery(StoryQuery):
    """Filters, and how many stories."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    sort: Annotated[Order, BeforeValidator(lambda value: value or Order.LATEST)] = Order.LATEST
    """The order of the feed."""
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 50
    """Stories in the feed."""


def feed_router(view: StoryView, access: Access, public_url: str | None) -> APIRouter:
    """Routes of the feeds; `public_url` is where readers reach the board, unset: where this one did."""
    router = APIRouter(tags=["feeds"], route_class=TaggedRoute, dependencies=access.dependencies)

    def cards(query: FeedQuery) -> Sequence[StoryCard]:
        # Whoever is told of what is new wants to know why: what a query only means would be wrong too often.
        return view.page(query, 0, query.limit, only_words=True).cards

    def addresses(request: Request, query: FeedQuery) -> _Addresses:
        return _Addresses((public_url or str(request.base_url)).rstrip("/"), request.url.path, query)

    @router.get("/feed.atom", summary="Stories as Atom", response_class=Response, responses=_documented(ATOM))
    def atom(request: Request, query: Annotated[FeedQuery, Query()]) -> Response:
        """The stories that the filters select; an entry is updated with each revision."""
        return Response(as_atom(cards(query), addresses(request, query)), media_type=ATOM)

    @router.get(
        "/feed.json", summary="Stories as JSON Feed", response_class=Response, responses=_documented(JSON_FEED)
    )
    def json_feed(request: Request, query: Annotated[FeedQuery, Query()]) -> Response:
        """The same as JSON."""
        return Response(to_json(as_json_feed(cards(query), addresses(request, query))), media_type=JSON_FEED)

    return router


def _documented(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {}}}, **ANY, **REFUSED}


class _Addresses:
    """Absolute addresses of a feed and its stories."""

    def __init__(self, base: str, path: str, query: FeedQuery) -> None:
        chosen = query.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        filters = {name: value for name, value in chosen.items() if name != "limit"}
        words = [f"{name} {value}" for name, value in filters.items()]
        self.title = f"Groundswell: {', '.join(words)}" if words else "Groundswell"
        self.feed = f"{base}{path}{_query(chosen)}"
        self.page = f"{base}/{_query(filters)}"
        self._base = base

    def story(self, card: StoryCard) -> str:
        return f"{self._base}/stories/{quote(card.story_id, safe='')}"


def _query(fields: dict[str, Any]) -> str:
    return f"?{urlencode(fields)}" if fields else ""


def as_atom(cards: Sequence[StoryCard], addresses: _Addresses) -> bytes:
    """The feed as XML."""
    feed = ElementTree.Element("feed", xmlns=_ATOM_NAMES)
    updated = max((each.updated_at for each in cards), default=_NEVER)
    _add(feed, "title", addresses.title)
    _add(feed, "id", addresses.feed)
    _add(feed, "updated", updated.isoformat())
    _add(_add(feed, "author"), "name", "Groundswell")
    _add(feed, "link", rel="self", type=ATOM, href=addresses.feed)
    _add(feed, "link", rel="alternate", type="text/html", href=addresses.page)
    for card in cards:
        _add_entry(feed, card, addresses.story(card))
    body: bytes = ElementTree.tostring(feed, "utf-8", xml_declaration=True)
    return body


def _add_entry(feed: ElementTree.Element, card: StoryCard, address: str) -> None:
    entry = _add(feed, "entry", **_language(card.title_language))
    _add(entry, "title", card.title)
    _add(entry, "id", address)
    _add(entry, "updated", card.updated_at.isoformat())
    if card.first_published_at:
        _add(entry, "published", card.first_published_at.isoformat())
    _add(entry, "link", rel="alternate", type="text/html", href=address)
    if card.summary:
        _add(entry, "summary", card.summary, **_language(card.summary_language))
    _add(entry, "content", _content(card), type="text")


def _language(code: str | None) -> dict[str, str]:
    tag = language_tag(code)
    return {"xml:lang": tag} if tag else {}


def _add(
    parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str
) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, name, attributes)
    child.text = _NO_XML.sub("\ufffd", text) if text is not None else None
    return child


def as_json_feed(cards: Sequence[StoryCard], addresses: _Addresses) -> dict[str, Any]:
    """The feed as plain values."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": addresses.title,
        "home_page_url": addresses.page,
        "feed_url": addresses.feed,
        "items": [_item(each, addresses.story(each)) for each in cards],
    }


def _item(card: StoryCard, address: str) -> dict[str, Any]:
    item = {
        "id": address,
        "url": address,
        "title": card.title,
        "summary": card.summary,
        "content_text": _content(card),
        "date_published": card.first_published_at,
        "date_modified": card.updated_at,
        "language": language_tag(card.title_language),
    }
    return {name: value for name, value in item.items() if value is not None}


def _content(card: StoryCard) -> str:
    """What a reader of the feed sees: the summary, and who covers it."""
    sources = "source" if card.source_count == 1 else "sources"
    articles = "article" if card.article_count == 1 else "articles"
    counts = f"{card.source_count} {sources}, {card.article_count} {articles}"
    lean = f"; {card.statement}" if card.statement else ""
    return "\n\n".join(part for part in (card.summary, f"{counts}{lean}.") if part)
