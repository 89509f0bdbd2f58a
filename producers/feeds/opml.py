"""The list of feeds, from OPML.

An outline with an `xmlUrl` is a feed, any other a folder. What a folder says holds for all in it, unless they say
otherwise: `outlet`, `language` and `fullText`. Only `language` is OPML's, the others are ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from pipeline.mendable import MendableError
from pipeline.shipped import shipped
from producers.feeds.characters import decode_document

log = structlog.get_logger(__name__)

_INHERITED = ("outlet", "language", "fulltext")
_LISTS = ("include", "link", "source")
"""Types of outlines that lead to other lists."""
_YES = ("true", "yes", "1")


class FeedListError(MendableError):
    """The list of feeds can't be used; the message names the file."""


@dataclass(frozen=True)
class FeedSource:
    """One feed of the list."""

    url: str
    outlet: str | None = None
    """The name that the list gives it; better than the feed's own, which is often that of a section."""
    language: str | None = None
    """Of its articles; instead of what the feed declares."""
    full_text: bool = False
    """Whether the pages of its articles are fetched, for their whole text."""


def load_feeds(path: Path | None) -> list[FeedSource]:
    """The feeds of an OPML file, each once; the shipped list where there is no path. Raises FeedListError."""
    name = "the shipped feeds.opml" if path is None else str(path)
    try:
        content = shipped("feeds.opml").read_bytes() if path is None else path.read_bytes()
    except OSError as error:
        raise FeedListError(
            f"{name}: can't be read: {error.strerror or error}: name the list of feeds by feeds.opml "
            "(GROUNDSWELL_FEEDS__OPML)"
        ) from error
    listed = list(_listed(content))
    if not listed:
        raise FeedListError(f"{name}: no feeds in it; expected OPML whose outlines have xmlUrl attributes")
    feeds: dict[str, FeedSource] = {}
    for each in listed:
        if _is_web_address(each.url):
            feeds.setdefault(each.url, each)
        else:
            log.warning("feed is no http address, left out", file=name, feed=each.url)
    if not feeds:
        raise FeedListError(f"{name}: none of its {len(listed)} feeds has an http(s) address")
    return list(feeds.values())


class _Outlines(HTMLParser):
    """Every outline that is a feed. Lists are often not well-formed XML: addresses hold a bare `&`."""

    def __init__(self) -> None:
        super().__init__()
        self.feeds: list[dict[str, str]] = []
        self._folders: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "outline":
            self._folders.append(self._outline(attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "outline":
            self._outline(attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "outline" and self._folders:
            self._folders.pop()

    def _outline(self, attrs: list[tuple[str, str | None]]) -> dict[str, str]:
        """Take in one outline; what it hands down to those in it."""
        own = {name: value.strip() for name, value in attrs if value and value.strip()}
        folder = self._folders[-1] if self._folders else {}
        if "xmlurl" in own and own.get("type", "").lower() not in _LISTS:
            self.feeds.append({**folder, **own})
        return {name: value for name, value in {**folder, **own}.items() if name in _INHERITED}


def _listed(content: bytes) -> Iterator[FeedSource]:
    outlines = _Outlines()
    outlines.feed(decode_document(content))
    outlines.close()
    for each in outlines.feeds:
        yield FeedSource(
            each["xmlurl"],
            each.get("outlet") or each.get("text") or each.get("title"),
            each.get("language"),
            each.get("fulltext", "").lower() in _YES,
        )


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
