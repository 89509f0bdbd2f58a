"""What the store knows of a story: the input of record building."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from groundswell.record import Reason, Status


@dataclass(frozen=True)
class StoredArticle:
    """A member as the store keeps it."""

    article_id: str
    url: str | None
    title: str
    lead: str
    """The first characters of the text (setting `lead_chars`), whole words."""
    source: str | None
    """Registrable domain of the outlet."""
    outlet: str | None
    """Display name as the producer gave it."""
    language: str
    published_at: datetime | None
    received_at: datetime
    reprint_of: str | None
    image_url: str | None = None
    """Where its picture is."""


@dataclass(frozen=True)
class StorySnapshot:
    """One revision of a story, read atomically. The same revision always reads the same."""

    story_id: str
    revision: int
    status: Status
    merged_into: str | None
    absorbed: tuple[str, ...]
    split_from: str | None
    reasons: tuple[Reason, ...]
    """Since the revision published last, in order of first occurrence."""
    updated_at: datetime
    cohesion: float
    related: tuple[str, ...]
    topics: tuple[tuple[str, float], ...]
    """Codes of Media Topics with their confidence, surest first."""
    encoder: str
    previous_title_article_id: str | None
    """The article whose headline the last published revision bore."""
    articles: Collection[StoredArticle]
    """All members, in no particular order."""
    vector: bytes = b""
    """int8[dims]: where the story's mean vector points; empty where the store keeps none."""
    hidden: bool = False
    """A desk took it away from subscribers."""
