"""A dead letter as it is written: whole where it fits its topic, else cut, and saying so in headers.

The record that it tells of stays on its own topic as long as that keeps it: `__connect.errors.topic`, `.partition`
and `.offset` say where the whole stands, length and SHA-256 prove that it is the one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.adapters.kafka.dead_letters import NULL_VALUE, DeadLetter
from pipeline.adapters.kafka.fitting import record_bytes

PREFIX = "groundswell.cut."
KEPT_BYTES = 1_024
"""Kept of each end of what is cut."""


class Written(NamedTuple):
    """Key, value and headers of the record on the dead-letter topic."""

    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]

    @property
    def size(self) -> int:
        """In bytes, before compression."""
        return record_bytes(self.key, self.value, self.headers)


@dataclass(frozen=True)
class _Cut:
    """The ends of something long, and headers that tell what it was."""

    kept: bytes
    told: list[tuple[str, bytes]]


def written(letter: DeadLetter, max_bytes: int) -> Written:
    """The letter, whole if that takes at most `max_bytes`.

    Else its value is cut to its first and last KiB; if key and headers alone are too much, they are cut too.
    """
    whole = _whole(letter)
    if whole.size <= max_bytes:
        return whole
    value = _cut("value", letter.value)
    shorter = Written(letter.key, value.kept, [*whole.headers, *value.told])
    if shorter.size <= max_bytes:
        return shorter
    key, own = _cut("key", letter.key), _cut("headers", joined(letter.own_headers()))
    key_left = None if letter.key is None else key.kept
    return Written(key_left, value.kept, [*letter.error_headers(), *value.told, *key.told, *own.told])


def _whole(letter: DeadLetter) -> Written:
    headers = [*letter.own_headers(), *letter.error_headers()]
    if letter.key is None and letter.value is None:
        return Written(None, b"", [*headers, (NULL_VALUE, b"null")])
    return Written(letter.key, letter.value, headers)


def _cut(part: str, content: bytes | None) -> _Cut:
    """What is short already stays as it is, and there is nothing to tell."""
    if content is None or len(content) <= 2 * KEPT_BYTES:
        return _Cut(content or b"", [])
    told = {
        "kept": f"first {KEPT_BYTES} and last {KEPT_BYTES} bytes",
        "length": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    kept = content[:KEPT_BYTES] + content[-KEPT_BYTES:]
    return _Cut(kept, [(f"{PREFIX}{part}.{name}", value.encode()) for name, value in told.items()])


def joined(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """All headers as one content, of which length and SHA-256 are told."""
    return b"\n".join(name.encode() + b": " + value for name, value in headers)
