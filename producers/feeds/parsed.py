"""What RSS, Atom and JSON feeds have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class FeedFormatError(Exception):
    """The document is no feed that we know."""


@dataclass(frozen=True)
class FeedEntry:
    """One entry as its feed has it; everything may be missing."""

    title: str | None = None
    """One line, without markup."""
    link: str | None = None
    """As it stands there; may be relative."""
    guid: str | None = None
    text: str = ""
    """Readable text of the content, else of the summary."""
    published_at: datetime | None = None
    """Aware, UTC. None where there is none, or none that makes sense."""
    language: str | None = None
    updated_at: datetime | None = None
    """When the outlet last changed it; aware, UTC."""
    withdrawn: bool = False
    """The outlet took it back."""


@dataclass(frozen=True)
class ParsedFeed:
    """A feed and its entries, in its own order."""

    title: str | None = None
    home: str | None = None
    """The web page of the feed; may be relative."""
    language: str | None = None
    entries: tuple[FeedEntry, ...] = ()
    base: str | None = None
    """What the links of the entries are relative to, where that is not the feed itself; may be relative."""
    ttl: str | None = None
    """Minutes for which RSS says that it may be kept, as they stand there."""
