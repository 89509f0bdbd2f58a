"""Dead letters: records that can't be used, kept whole with the reason.

Headers are those of Kafka Connect's dead letter queue (KIP-298), so that its tools read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

PREFIX = "__connect.errors."


class Stage(StrEnum):
    """Where a record failed."""

    VALUE_CONVERTER = "VALUE_CONVERTER"
    """Its bytes are no valid article."""


@dataclass(frozen=True)
class DeadLetter:
    """A record of the topic `articles` that can't be used, and why."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    """Untouched; None where the record was a null."""
    headers: tuple[tuple[str, bytes | None], ...]
    stage: Stage
    exception_class: str
    message: str

    def kafka_headers(self) -> list[tuple[str, bytes | None]]:
        """The record's own headers, then where it came from and why it failed."""
        told = {
            "topic": self.topic,
            "partition": str(self.partition),
            "offset": str(self.offset),
            "stage": self.stage.value,
            "exception.class.name": self.exception_class,
            "exception.message": self.message,
        }
        own = [(name, value) for name, value in self.headers if not name.startswith(PREFIX)]
        return own + [(PREFIX + name, value.encode("utf-8", "replace")) for name, value in told.items()]


def dead_letter(record: Any, error: Exception) -> DeadLetter:
    """The dead letter of a consumed record that failed validation."""
    return DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=tuple(record.headers or ()),
        stage=Stage.VALUE_CONVERTER,
        exception_class=f"{type(error).__module__}.{type(error).__qualname__}",
        message=str(error),
    )
