"""The records as AsyncAPI messages: key, headers and value."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pipeline.adapters.kafka.dead_letters import PREFIX, DeadLetter, Stage
from pipeline.adapters.kafka.envelope import EventType, cloud_event
from pipeline.adapters.kafka.kept_letters import NOTE, REPLAY_COUNT, REPLAY_OF

KAFKA = {"bindingVersion": "0.5.0"}


class MessageName(StrEnum):
    """The kinds of records."""

    ARTICLE = "article"
    STORY = "story"
    DEAD_LETTER = "deadLetter"


def messages() -> dict[str, Any]:
    """All messages."""
    return {
        MessageName.ARTICLE.value: _message(
            "Article",
            "One item published by one outlet.",
            key="SHA-256 (hex) of the canonical URL; without one, of the producer's id or of the content.",
            headers=_cloud_event_headers(EventType.ARTICLE, "The article's id, which is the key."),
            payload={"$ref": "#/components/schemas/Article"},
        ),
        MessageName.STORY.value: _message(
            "Story record",
            "One revision of a story.",
            key="`story_id`.",
            headers=_cloud_event_headers(EventType.STORY, "`{story_id}:{revision}`."),
            payload={"$ref": "#/components/schemas/StoryRecord"},
        ),
        MessageName.DEAD_LETTER.value: _message(
            "Dead letter",
            "A record that is no valid article, whole.",
            key="The key of the record, untouched; null where it had none.",
            headers=_dead_letter_headers(),
            payload={"description": "The value of the record, untouched: any bytes, or null."},
            content_type="application/octet-stream",
        ),
    }


def _message(
    title: str, summary: str, *, key: str, headers: dict[str, Any], payload: dict[str, Any],
    content_type: str = "application/json",
) -> dict[str, Any]:  # fmt: skip
    return {
        "name": title.title().replace(" ", ""),
        "title": title,
        "summary": summary,
        "contentType": content_type,
        "headers": headers,
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string", "description": key}, **KAFKA}},
    }


def _cloud_event_headers(kind: EventType, event_id: str) -> dict[str, Any]:
    """Of what `cloud_event` writes. Header values are bytes: these are UTF-8."""
    described = {
        "ce_specversion": {"description": "Version of CloudEvents."},
        "ce_id": {"description": event_id},
        "ce_type": {"description": "Kind of record, with the major version of its schema."},
        "ce_source": {"description": "Who sent it, for example `/producers/replay`.", "format": "uri-reference"},
        "ce_time": {"description": "When: of an article sent, of a story `updated_at`.", "format": "date-time"},
        "content-type": {"description": "Of the value."},
    }
    written = dict(cloud_event("", kind, "", datetime(2025, 1, 1, tzinfo=UTC)))
    fixed = ("ce_specversion", "ce_type", "content-type")
    for name in fixed:
        described[name]["const"] = written[name].decode()
    # A header that is written and not described is a KeyError here, so nothing can be forgotten.
    properties = {name: {"type": "string", **described[name]} for name in written}
    return {"type": "object", "required": sorted(properties), "properties": properties}


def _dead_letter_headers() -> dict[str, Any]:
    """Of what `DeadLetter.error_headers` writes."""
    described: dict[str, dict[str, Any]] = {
        "topic": {"description": "Topic that the record came from."},
        "partition": {"description": "Partition that it stood in.", "pattern": "^[0-9]+$"},
        "offset": {"description": "Its offset there.", "pattern": "^[0-9]+$"},
        "stage": {"description": "Where it failed.", "enum": [stage.value for stage in Stage]},
        "exception.class.name": {"description": "Class of the error."},
        "exception.message": {"description": "What was seen and what was expected."},
    }
    letter = DeadLetter("", 0, 0, None, None, (), Stage.VALUE_CONVERTER, "", "")
    written = [name for name, _ in letter.error_headers()]
    properties = {name: {"type": "string", **described[name.removeprefix(PREFIX)]} for name in written}
    return {
        "type": "object",
        "description": (
            "The record's own headers, then those of Kafka Connect's dead letter queue (KIP-298). Where the "
            "letter would not fit its topic: `groundswell.cut.value.kept`, `.length` and `.sha256`, likewise for "
            f"`key` and `headers`. Where the record was replayed before: `{REPLAY_OF}`, the letter that it was as "
            f"TOPIC/PARTITION/OFFSET, and `{REPLAY_COUNT}`. A record with the header `{NOTE}` is no letter: it "
            "notes which letters of its partition were replayed, as a JSON list of offsets."
        ),
        "required": sorted(properties),
        "properties": properties,
    }
