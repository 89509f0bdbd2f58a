"""What the JSON API answers, beside the story record itself."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from consumers.board.card import StoryCard
from groundswell.record import Reason


class Answer(BaseModel):
    """Base of the answers."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class StoryList(Answer):
    """A part of the list of stories."""

    total: int
    """Stories that the filters select."""
    limit: int
    next: str | None
    """Address of the part that follows; null at the end."""
    stories: list[StoryCard]


class MergedAnswer(Answer):
    """The story became part of another; its id still resolves."""

    story_id: str
    status: Literal["merged"] = "merged"
    merged_into: str
    """The story that it is part of now, at the end of all its merges."""
    title: str | None
    """The last headline that was seen of it."""
    location: str
    """Where the API has the surviving story."""


class Revision(Answer):
    """One revision, as far as the board saw it."""

    revision: int
    reasons: list[Reason]
    title: str
    article_count: int
    source_count: int
    updated_at: AwareDatetime


class History(Answer):
    """Revisions of a story, newest first; the board remembers a bounded number, and none before its start."""

    story_id: str
    revisions: list[Revision]


class Facet(Answer):
    """A value to filter by, and how many stories have it."""

    value: str
    name: str
    stories: int


class Facets(Answer):
    """What the stories on the board can be filtered by."""

    languages: list[Facet]
    countries: list[Facet]
    topics: list[Facet]


class StoryEvent(Answer):
    """Data of the server-sent event `story`: a story changed."""

    story_id: str
    revision: int
    title: str
    article_count: int
    source_count: int
    rated_source_count: int
    left: int
    center: int
    right: int
    last_published_at: AwareDatetime | None
    updated_at: AwareDatetime


class MergedEvent(Answer):
    """Data of the server-sent event `merged`: a story became part of another."""

    story_id: str
    merged_into: str


class RemovedEvent(Answer):
    """Data of the server-sent event `removed`: a story left the topic."""

    story_id: str


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="What was seen and what to do.")
