"""What RSS, Atom and JSON feeds have in common."""

from __future__ import annotations

from dataclasses import dataclass


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
    published_at: str | None = None
    """As it stands there; the time of the update where that alone can be read."""
    language: str | None = None
    source_url: str | None = None
    """The page or feed that the entry was taken from, where its feed names one."""
    source_name: str | None = None
    updated_at: str | None = None
    """When the outlet last changed it, as it stands there."""
    withdrawn: bool = False
    """The outlet took it back."""
    image: str | None = None
    """Address of its picture, as it stands there; may be relative."""


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
