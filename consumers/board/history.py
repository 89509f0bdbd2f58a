"""What the board remembers of revisions and of stories that were merged away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from consumers.board.card import StoryCard
from groundswell.record import Reason, StoryRecord

KEPT_REVISIONS = 60
"""Per story; the oldest go first."""


@dataclass(frozen=True, slots=True)
class RevisionNote:
    """One revision that the board saw."""

    revision: int
    reasons: list[Reason]
    title: str
    article_count: int
    source_count: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class MergedStory:
    """A story that became part of another; what was last seen of it, if anything was."""

    story_id: str
    merged_into: str
    revision: int = 0
    """The last one seen; 0 where the story itself was never seen."""
    title: str | None = None
    article_count: int | None = None
    updated_at: datetime | None = None


def merge_note(
    story_id: str, survivor: str, revision: int, shown: StoryCard | None, known: MergedStory | None
) -> MergedStory:
    """The note of a merged story, with its last words as it was `shown` (its last record has none)."""
    if shown:
        revision = max(revision, shown.revision)
        return MergedStory(story_id, survivor, revision, shown.title, shown.article_count, shown.updated_at)
    return (
        replace(known, merged_into=survivor, revision=revision)
        if known
        else MergedStory(story_id, survivor, revision)
    )


def note_of(record: StoryRecord, previous: RevisionNote | None) -> RevisionNote:
    """The note of a record; shares the title with the previous note where it did not change."""
    title = previous.title if previous and previous.title == record.title else record.title
    return RevisionNote(
        revision=record.revision,
        reasons=list(record.revision_reasons),
        title=title,
        article_count=record.article_count,
        source_count=record.source_count,
        updated_at=record.updated_at,
    )
