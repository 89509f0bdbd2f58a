"""What a receiver is told of a story."""

from __future__ import annotations

from dataclasses import dataclass

from groundswell.record import Reason, Status, StoryRecord
from pipeline.webhook_settings import StoryEvent


@dataclass(frozen=True, slots=True)
class Event:
    """One revision of a story, ready to be sent."""

    webhook_id: str
    """Of story and revision: a receiver that has seen it drops the repetition."""
    story_id: str
    revision: int
    kind: StoryEvent
    body: bytes

    @classmethod
    def of(cls, record: StoryRecord, raw: bytes) -> Event:
        """`raw` is the record as it stands on the topic: receivers get what a later minor version adds."""
        kind = kind_of(record)
        body = (
            f'{{"type":"{kind.value}","timestamp":"{record.updated_at.isoformat()}","data":'.encode() + raw + b"}"
        )
        return cls(f"{record.story_id}.{record.revision}", record.story_id, record.revision, kind, body)


def kind_of(record: StoryRecord) -> StoryEvent:
    """What happened, in one word."""
    if record.status is Status.MERGED:
        return StoryEvent.MERGED
    if record.hidden:
        return StoryEvent.HIDDEN
    if record.status is Status.CLOSED:
        return StoryEvent.CLOSED
    opened = record.revision == 1 or Reason.OPENED in record.revision_reasons
    return StoryEvent.OPENED if opened else StoryEvent.UPDATED
