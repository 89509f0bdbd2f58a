"""How a story grew: one short line per revision, kept beside the record that it sums up."""

from __future__ import annotations

from pydantic import AwareDatetime

from groundswell.record import Count, Reason, Record, Status, StoryRecord


class RevisionSummary(Record):
    """What changed hands with one revision, small enough to keep for every one."""

    revision: int
    reasons: list[Reason]
    status: Status
    updated_at: AwareDatetime
    title: str
    article_count: Count
    original_count: Count
    source_count: Count
    key_point_article_ids: list[str]
    """Of the points, in their order: two revisions that differ here said something new."""
    merged_into: str | None = None


def summarise(record: StoryRecord) -> RevisionSummary:
    """The line for this revision."""
    return RevisionSummary(
        revision=record.revision,
        reasons=record.revision_reasons,
        status=record.status,
        updated_at=record.updated_at,
        title=record.title,
        article_count=record.article_count,
        original_count=record.original_count,
        source_count=record.source_count,
        key_point_article_ids=[point.article_id for point in record.key_points],
        merged_into=record.merged_into,
    )
