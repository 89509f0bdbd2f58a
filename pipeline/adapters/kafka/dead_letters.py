"""Dead letters: records that can't be used, kept whole with the reason.

Headers are those of Kafka Connect's dead letter queue (KIP-298), so that its tools read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from groundswell.broker.unreadable import Unreadable

PREFIX = "__connect.errors."
NULL_VALUE = "groundswell.value"
"""Set to `null` where the record had neither key nor value: our client can't write that, the value is empty."""

_MESSAGE_CHARS = 2_000


class Stage(StrEnum):
    """Where a record failed."""

    KAFKA_CONSUME = "KAFKA_CONSUME"
    """Its batch could not be read; the value is the batch as it stands in the log."""
    VALUE_CONVERTER = "VALUE_CONVERTER"
    """Its bytes are no valid article."""
    TRANSFORMATION = "TRANSFORMATION"
    """It is an article, of whose text no vector can be made."""


@dataclass(frozen=True)
class DeadLetter:
    """A record of the topic `articles` that can't be used, and why; `cut_letters.py` writes it."""

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

    def own_headers(self) -> list[tuple[str, bytes]]:
        """As `own_headers`."""
        return own_headers(self.headers)

    def error_headers(self) -> list[tuple[str, bytes]]:
        """Where the record came from and why it failed."""
        told = {
            "topic": self.topic,
            "partition": str(self.partition),
            "offset": str(self.offset),
            "stage": self.stage.value,
            "exception.class.name": self.exception_class,
            "exception.message": self.message[:_MESSAGE_CHARS],
        }
        return [(PREFIX + name, value.encode("utf-8", "replace")) for name, value in told.items()]


def own_headers(headers: Iterable[tuple[str, bytes | None]]) -> list[tuple[str, bytes]]:
    """Those of a record itself; a null becomes empty, because our client can't write nulls."""
    return [(name, value or b"") for name, value in headers if not name.startswith(PREFIX)]


def dead_letter(record: Any, error: Exception, stage: Stage = Stage.VALUE_CONVERTER) -> DeadLetter:
    """The dead letter of a consumed record that can't be used; `stage` of one that could be read."""
    return DeadLetter(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=bytes(record.value) if isinstance(record.value, Unreadable) else record.value,
        headers=tuple(record.headers or ()),
        stage=Stage.KAFKA_CONSUME if isinstance(record.value, Unreadable) else stage,
        exception_class=f"{type(error).__module__}.{type(error).__qualname__}",
        message=str(error),
    )
