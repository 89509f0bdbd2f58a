"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.domain.records.dates import first_date
from pipeline.domain.text import clean_text, html_to_line
from pipeline.json_codec import from_json
from producers.feeds.content import content_text
from producers.feeds.parsed import FeedEntry, FeedFormatError, ParsedFeed

_VERSION = "jsonfeed.org/version/"
_ESCAPE = re.compile(
    r"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|(\\.)",
    re.DOTALL,
)
"""A pair of surrogates, a lone one, or any other escape (so that an escaped backslash starts none)."""


def looks_like_json(text: str) -> bool:
    """Whether this can't be XML."""
    return text.startswith("{")


def parse_json_feed(text: str) -> ParsedFeed:
    """Read a feed. Raises FeedFormatError; a bad item of a good feed is left out."""
    try:
        document = from_json(_ESCAPE.sub(_without_lone_surrogate, text).encode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise FeedFormatError(f"no JSON: {error}") from None
    if not isinstance(document, dict) or _VERSION not in str(document.get("version")):
        raise FeedFormatError(f"no JSON feed: its version must name {_VERSION}")
    items = document.get("items")
    if not isinstance(items, list):
        raise FeedFormatError("no JSON feed: items must be an array")
    home = _string(document, "home_page_url")
    return ParsedFeed(
        title=_line(document, "title"),
        home=home,
        base=home,
        language=_string(document, "language"),
        entries=tuple(_entry(item) for item in items if isinstance(item, dict)),
    )


def _without_lone_surrogate(escape: re.Match[str]) -> str:
    """The escape, nothing for a lone surrogate: no character, and one makes the whole document unreadable."""
    return escape[1] or escape[2] or ""


def _entry(item: Mapping[str, Any]) -> FeedEntry:
    return FeedEntry(
        title=_line(item, "title"),
        link=_string(item, "url") or _string(item, "external_url"),
        guid=_string(item, "id") or (str(item["id"]) if isinstance(item.get("id"), int) else None),
        text=_text(item),
        published_at=first_date(_string(item, "date_published"), _string(item, "date_modified")),
        language=_string(item, "language"),
        updated_at=_string(item, "date_modified"),
        withdrawn=item.get("withdrawn") is True,
        image=_string(item, "image") or _string(item, "banner_image"),
    )


def _text(item: Mapping[str, Any]) -> str:
    html = content_text(_string(item, "content_html") or "", _string(item, "url"))
    return html or clean_text(_string(item, "content_text") or _string(item, "summary") or "")


def _line(element: Mapping[str, Any], name: str) -> str | None:
    return html_to_line(_string(element, name) or "") or None


def _string(element: Mapping[str, Any], name: str) -> str | None:
    value = element.get(name)
    return value.strip() or None if isinstance(value, str) else None
