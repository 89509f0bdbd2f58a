"""RSS, Atom and RDF, by feedparser: also ill-formed ones, in any encoding."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import feedparser

from pipeline.records.parse import FIRST_YEAR, LAST_YEAR, InvalidArticle, parse_date
from pipeline.text import html_to_line, html_to_text, plain_to_line
from producers.feeds.parsed import FeedEntry, FeedFormatError, ParsedFeed

MAX_HTML_CHARS = 1_000_000
"""Of one entry's content; what is beyond is cut off unread."""
_PLAIN = "text/plain"
_READABLE = (_PLAIN, "text/html", "application/xhtml+xml")


def parse_xml_feed(body: bytes, url: str, content_type: str) -> ParsedFeed:
    """Read a feed that came from this address. Raises FeedFormatError."""
    # As a file object: given bytes, feedparser would first try them as an address and as a file's name.
    document = feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-location": url, "content-type": content_type},
        # These two work on the HTML of the entries, of which we keep the text only.
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    if not document.get("version") and not document.entries:
        raise FeedFormatError(f"no RSS, Atom or JSON feed: {document.get('bozo_exception') or 'unknown format'}")
    feed = document.feed
    is_atom = document.version.startswith("atom")
    return ParsedFeed(
        title=_title(feed, is_atom),
        home=_string(feed.get("link")),
        language=_string(feed.get("language")),
        entries=tuple(_entry(each, is_atom) for each in document.entries),
    )


def _entry(entry: dict[str, Any], is_atom: bool) -> FeedEntry:
    return FeedEntry(
        title=_title(entry, is_atom),
        # FeedBurner and its like put the outlet's own address beside their counting one.
        link=_string(entry.get("feedburner_origlink")) or _string(entry.get("link")),
        guid=_string(entry.get("id")),
        text=_text(entry),
        published_at=_date(entry, "published") or _date(entry, "updated"),
        language=_string(entry.get("language")) or _string(_detail(entry, "title").get("language")),
    )


def _title(element: Mapping[str, Any], is_atom: bool) -> str | None:
    """Atom says whether a title is HTML. RSS does not, and there it may always be."""
    title = (_string(element.get("title")) or "")[:MAX_HTML_CHARS]
    plain = is_atom and _detail(element, "title").get("type") == _PLAIN
    return (plain_to_line(title) if plain else html_to_line(title)) or None


def _text(entry: Mapping[str, Any]) -> str:
    """The longest readable content, else the summary."""
    contents = [
        each for each in entry.get("content") or () if (each.get("type") or "text/html").lower() in _READABLE
    ]
    texts = [html_to_text((_string(each.get("value")) or "")[:MAX_HTML_CHARS]) for each in contents]
    texts.append(html_to_text((_string(entry.get("summary")) or "")[:MAX_HTML_CHARS]))
    return max(texts, key=len)


def _date(entry: dict[str, Any], name: str) -> datetime | None:
    """By our own strict reader; else by feedparser, which knows more formats, and some wrongly."""
    # `entry.get` would answer `updated` by `published` and warn about it.
    try:
        return parse_date(_string(dict.get(entry, name)) or "")
    except InvalidArticle:
        parsed = dict.get(entry, f"{name}_parsed")
    try:
        moment = datetime(*parsed[:6]).replace(tzinfo=UTC) if parsed else None
    except (ValueError, OverflowError):
        return None
    return moment if moment and FIRST_YEAR <= moment.year <= LAST_YEAR else None


def _detail(element: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return element.get(f"{name}_detail") or {}


def _string(value: object) -> str | None:
    """Elements that are repeated or nested where none should be come as lists and dicts."""
    return value.strip() or None if isinstance(value, str) else None
