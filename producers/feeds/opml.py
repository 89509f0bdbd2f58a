"""The list of feeds, from OPML."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import listparser
import structlog

from pipeline.errors import MendableError

log = structlog.get_logger(__name__)


class FeedListError(MendableError):
    """The list of feeds can't be used; the message names the file."""


@dataclass(frozen=True)
class FeedSource:
    """One feed of the list."""

    url: str
    outlet: str | None = None
    """The name that the list gives it; better than the feed's own, which is often that of a section."""


def load_feeds(path: Path | None) -> list[FeedSource]:
    """The feeds of an OPML file, each once; the shipped list where there is no path. Raises FeedListError."""
    name = "the shipped feeds.opml" if path is None else str(path)
    try:
        content = (files("configs") / "feeds.opml").read_bytes() if path is None else path.read_bytes()
    except OSError as error:
        raise FeedListError(f"{name}: can't be read: {error.strerror or error}") from error
    listed = listparser.parse(content)
    if not listed.feeds:
        # Only then: listparser sets its alarm for many a file that it reads well.
        cause = listed.bozo_exception if listed.bozo else "no outline has an xmlUrl"
        raise FeedListError(f"{name}: no feeds in it ({cause}); expected OPML with xmlUrl attributes")
    feeds: dict[str, FeedSource] = {}
    for each in listed.feeds:
        if _is_web_address(each.url):
            feeds.setdefault(each.url, FeedSource(each.url, each.title.strip() or None))
        else:
            log.warning("feed is no http address, left out", file=name, feed=each.url)
    if not feeds:
        raise FeedListError(f"{name}: none of its {len(listed.feeds)} feeds has an http(s) address")
    return list(feeds.values())


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
