"""An article: one item published by one outlet."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from pipeline.domain.records.image_url import IMAGE_URL_CHARS
from pipeline.domain.urls import canonical_url

TITLE_CHARS = 1_000
"""Longest title kept; a longer one is not a headline."""

TEXT_CHARS = 1_000_000
"""Longest body accepted, in characters; a longer one is a dead letter."""

RAW_CHARS = 200
"""Of a date as it was given; what is longer is cut."""

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=TITLE_CHARS)]


class Article(BaseModel):
    """One published item, as it travels on the `articles` topic.

    Only the title is required, or a text to make one of. `published_at` is aware; unknown stays None.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)

    title: Title
    """The headline."""
    title_made: bool = False
    """The article came without a headline: `title` is the first sentence of its text."""
    id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)] | None = None
    """The producer's own id; it identifies the article where there is no URL."""
    url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)] | None = None
    """Address of the article; its canonical form identifies it."""
    text: Annotated[str, StringConstraints(max_length=TEXT_CHARS)] = ""
    """The body, or as much of it as there is, without markup."""
    published_at: AwareDatetime | None = None
    """When the outlet published it."""
    published_raw: Annotated[str, StringConstraints(max_length=RAW_CHARS)] | None = None
    """What was given as `published_at`, where that was written otherwise, or is no date that is certain."""
    updated_at: AwareDatetime | None = None
    """When the outlet last changed it. The newest version of an article counts."""
    withdrawn: bool = False
    """The outlet took the article back: it leaves its story, and older versions don't bring it back."""
    source: Annotated[str, StringConstraints(max_length=253)] | None = None
    """Domain of the outlet; taken from the URL when absent."""
    outlet: Annotated[str, StringConstraints(max_length=200)] | None = None
    """Display name of the outlet."""
    language: Annotated[str, StringConstraints(max_length=35)] | None = None
    """ISO 639-1 code or BCP 47 tag; detected when absent."""
    image_url: Annotated[str, StringConstraints(max_length=IMAGE_URL_CHARS)] | None = None
    """Address of a picture, http(s). One that can't be fetched is left out, and costs no article."""

    @property
    def article_id(self) -> str:
        """SHA-256 (hex) of what identifies the article.

        The canonical URL; without one the producer's id; without both the content itself.
        """
        if self.url is not None:
            identity = canonical_url(self.url)
        elif self.id is not None:
            identity = f"id:{self.id}"
        else:
            identity = "\n".join(("content:", self.source or "", self.title, self.text))
        return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()

    def wire(self) -> dict[str, Any]:
        """The JSON object that stands on the topic: set fields only."""
        unset = {name for name in ("title_made", "withdrawn") if not getattr(self, name)}
        return self.model_dump(mode="json", exclude_none=True, exclude=unset)


def published_seconds(published_at: datetime | None) -> float | None:
    """Seconds since the epoch, or None where the date is unknown."""
    return None if published_at is None else published_at.timestamp()
