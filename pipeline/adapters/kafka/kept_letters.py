"""Dead letters as they stand on their topic, and the notes that say which of them were replayed.

A note is a record beside the letters, in the partition of those that it names: no letter outlives its note. No
sender of articles can write one, for every letter has the headers that tell of its error, and a note has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Self

from kafka import KafkaConsumer
from kafka.consumer.fetcher import ConsumerRecord

from pipeline.adapters.kafka import cut_letters
from pipeline.adapters.kafka.dead_letters import NULL_VALUE, PREFIX, Stage
from pipeline.adapters.kafka.reading import read_to_end
from pipeline.json_codec import from_json, to_json

REPLAY_PREFIX = "groundswell.replay."
REPLAY_OF = f"{REPLAY_PREFIX}of"
"""On a record that was replayed: `TOPIC/PARTITION/OFFSET` of the letter that it was."""
REPLAY_COUNT = f"{REPLAY_PREFIX}count"
"""On a record that was replayed: how many times so far."""
NOTE = "groundswell.replayed"
"""The header of a note; its value is a JSON list of offsets."""

_NOTE_HEADERS = [NOTE, "content-type"]
_LAST_MS = 253_402_300_799_000
"""Of the year 9999."""


class Place(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class Cut(NamedTuple):
    """What a part of the record was before it was cut."""

    length: int
    sha256: str


@dataclass(frozen=True)
class KeptLetter:
    """What a dead letter says of its record; key and value stay with the letter's own record."""

    place: Place
    """Of the letter."""
    source: Place
    """Of the record."""
    kept_at: datetime
    stage: str
    exception_class: str
    reason: str
    headers: tuple[tuple[str, bytes], ...]
    """The record's own."""
    size: int | None
    """Of the value as it was kept, in bytes; None where the record was a null."""
    cuts: dict[str, Cut]
    """By part: value, key, headers."""

    @property
    def name(self) -> str:
        """As the command line calls it."""
        return f"{self.place.partition}:{self.place.offset}"

    @property
    def kind(self) -> str:
        """The reason without its details."""
        return "unreadable" if self.stage == Stage.KAFKA_CONSUME else self.reason.split(":")[0]

    @property
    def replay_of(self) -> str | None:
        """The letter that this record was before; a sender can only say it of its own record."""
        found = dict(self.headers).get(REPLAY_OF)
        return None if found is None else found.decode("utf-8", "replace")

    @property
    def replays(self) -> int:
        """How often the record was replayed before it became this letter."""
        return replays_told(self.headers)

    @classmethod
    def read(cls, record: ConsumerRecord) -> Self | None:
        """None where this is no letter of ours."""
        headers = [(name, value or b"") for name, value in record.headers]
        ours = next((at for at, (name, _) in enumerate(headers) if name.startswith(PREFIX)), len(headers))
        # What the record had stands first, so no header of a sender can pass for one of ours.
        told = {name: value.decode("utf-8", "replace") for name, value in headers[ours:]}
        try:
            return cls(
                place=Place(record.topic, record.partition, record.offset),
                source=Place(
                    told[f"{PREFIX}topic"], int(told[f"{PREFIX}partition"]), int(told[f"{PREFIX}offset"])
                ),
                kept_at=datetime.fromtimestamp(min(max(record.timestamp, 0), _LAST_MS) / 1000, UTC),
                stage=told[f"{PREFIX}stage"],
                exception_class=told[f"{PREFIX}exception.class.name"],
                reason=told[f"{PREFIX}exception.message"],
                headers=tuple(headers[:ours]),
                size=None if record.value is None or NULL_VALUE in told else len(record.value),
                cuts=_cuts(told),
            )
        except (KeyError, ValueError):
            return None


@dataclass(frozen=True)
class LettersTopic:
    """The topic of dead letters, from its beginning to its end."""

    letters: Sequence[KeptLetter]
    replayed: AbstractSet[Place]
    """The letters that are noted as replayed."""
    strangers: int
    """Records that are neither letter nor note."""

    @classmethod
    def read(cls, consumer: KafkaConsumer, topic: str) -> Self:
        """Read all of it; the consumer must be in no group."""
        letters: list[KeptLetter] = []
        replayed: set[Place] = set()
        strangers = 0
        for record in read_to_end(consumer, topic):
            letter = KeptLetter.read(record)
            noted = () if letter else noted_in(record)
            if letter:
                letters.append(letter)
            replayed.update(noted)
            strangers += not letter and not noted
        return cls(letters, replayed, strangers)


def replays_told(headers: Iterable[tuple[str, bytes]]) -> int:
    """How often a record with these headers was replayed."""
    told = dict(headers).get(REPLAY_COUNT, b"")
    return int(told) if re.fullmatch(rb"[0-9]{1,6}", told) else 0


def note_of(offsets: Iterable[int]) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Value and headers of a note that the letters at these offsets of its partition were replayed."""
    return to_json(sorted(offsets)), list(zip(_NOTE_HEADERS, (b"1", b"application/json"), strict=True))


def noted_in(record: ConsumerRecord) -> Sequence[Place]:
    """The letters that a note names; none where the record is no note."""
    if [name for name, _ in record.headers] != _NOTE_HEADERS:
        return ()
    try:
        return [Place(record.topic, record.partition, int(offset)) for offset in from_json(record.value)]
    except (TypeError, ValueError):
        return ()


def _cuts(told: dict[str, str]) -> dict[str, Cut]:
    prefixes = {part: f"{cut_letters.PREFIX}{part}." for part in ("value", "key", "headers")}
    return {
        part: Cut(int(told[f"{prefix}length"]), told[f"{prefix}sha256"])
        for part, prefix in prefixes.items()
        if f"{prefix}length" in told
    }
