"""Headers of the records that we produce: CloudEvents 1.0, Kafka binding, binary mode.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

Headers = list[tuple[str, bytes]]


class EventType(StrEnum):
    """`ce_type` of each kind of record."""

    ARTICLE = "groundswell.article.v1"
    """An article on the topic `articles`."""
    STORY = "groundswell.story.v1"
    """A story record on the topic `stories`."""


def cloud_event(event_id: str, event_type: EventType, source: str, time: datetime) -> Headers:
    """Headers of one record; `source` is a URI reference such as `/producers/replay`."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id.encode()),
        ("ce_type", event_type.value.encode()),
        ("ce_source", source.encode()),
        ("ce_time", time.isoformat().replace("+00:00", "Z").encode()),
        ("content-type", b"application/json"),
    ]


def story_source(edition: str) -> str:
    """`ce_source` of the records of an edition."""
    return f"/editions/{edition}"
