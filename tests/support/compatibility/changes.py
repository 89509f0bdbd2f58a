"""Does a new version of a schema break those who read, or write, the old one?

The question is one of sets. For readers: is every record of the new version one that the old schema allows, and
is all still there that it promised? (Confluent calls this FORWARD.) For writers: is every record of the old
version one that the new schema allows? (BACKWARD.) So for a reader

- a field that is gone, or no longer always there, breaks;
- a wider type, a new null, a new value of an enumeration, a looser bound break: the reader has no case for it;
- a new field is fine, since readers ignore what they don't know; so is anything narrower than before.

An enumeration that is published as open (`x-extensible-enum`) may grow. A constraint that this check does not
know counts as breaking when it changed: better a question too many.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from tests.support.compatibility.alternatives import Alternative, alternatives, fits, shown
from tests.support.compatibility.constraints import constraint_changes

Schema = Mapping[str, Any]


class Audience(StrEnum):
    """Whose programs must go on working unchanged."""

    READERS = "readers"
    """They have the old schema and get records of the new version."""
    WRITERS = "writers"
    """They send records of the old version to those who have the new schema."""


def breaking_changes(old: Schema, new: Schema, audience: Audience = Audience.READERS) -> list[str]:
    """One sentence per change that breaks the audience, each with the place; empty where nothing does."""
    if audience is Audience.READERS:
        comparison = _Comparison(written=new, read=old, audience=audience)
    else:
        comparison = _Comparison(written=old, read=new, audience=audience)
    return comparison.compare(new if audience is Audience.READERS else old, comparison.read, "")


class _Comparison:
    """Holds records of the schema `written` against what the schema `read` expects."""

    def __init__(self, written: Schema, read: Schema, audience: Audience) -> None:
        self.written = written
        self.read = read
        self._audience = audience
        self._open: set[tuple[str, str]] = set()

    def compare(self, written: Any, read: Any, path: str) -> list[str]:
        """Breaking changes at `path` and below."""
        pair = (_reference(written), _reference(read))
        if all(pair):
            if pair in self._open:  # a type that holds itself
                return []
            self._open.add(pair)
        expected = alternatives(read, self.read)
        found = [
            change
            for each in alternatives(written, self.written)
            for change in self._against(each, expected, path)
        ]
        self._open.discard(pair)
        return found

    def _against(self, written: Alternative, expected: list[Alternative], path: str) -> list[str]:
        """An alternative must satisfy one of those expected; what is told is the nearest one's complaint."""
        candidates = [each for each in expected if fits(written, each)]
        if not candidates:
            before = " or ".join(dict.fromkeys(shown(each) for each in expected)) or "no such field"
            return [f"{_place(path)}: may be {shown(written)}, expected is {before}"]
        return min((self._alternative(written, each, path) for each in candidates), key=len)

    def _alternative(self, written: Alternative, read: Alternative, path: str) -> list[str]:
        return [
            *(f"{_place(path)}: {change}" for change in constraint_changes(written, read)),
            *self._properties(written, read, path),
            *self._additional(written, read, path),
            *self._items(written, read, path),
        ]

    def _properties(self, written: Alternative, read: Alternative, path: str) -> list[str]:
        writes, reads = written.get("properties", {}), read.get("properties", {})
        always, needed = set(written.get("required", ())), set(read.get("required", ()))
        found = []
        for name in sorted({*reads, *needed, *writes}):
            place = f"{path}.{name}" if path else name
            if name in needed - always:
                found.append(f"{place}: {self._missing(name in writes)}")
            elif self._ignored(name, writes, reads):
                found.append(f"{place}: {self._gone()}")
            if name in writes and name in reads:
                found += self.compare(writes[name], reads[name], place)
        return found

    def _missing(self, known: bool) -> str:
        if self._audience is Audience.WRITERS:
            return "is required now"
        return "is no longer always there" if known else "is gone"

    def _ignored(self, name: str, writes: Mapping[str, Any], reads: Mapping[str, Any]) -> bool:
        """The old version had the field and the new one has not."""
        before, after = (reads, writes) if self._audience is Audience.READERS else (writes, reads)
        return name in before and name not in after

    def _gone(self) -> str:
        return "is gone" if self._audience is Audience.READERS else "is no longer read"

    def _additional(self, written: Alternative, read: Alternative, path: str) -> list[str]:
        """Fields without a name of their own: the values of a map, or what a closed object forbids."""
        allowed, named = read.get("additionalProperties", True), read.get("properties", {})
        unnamed = {name: value for name, value in written.get("properties", {}).items() if name not in named}
        if isinstance(written.get("additionalProperties"), dict):
            unnamed["*"] = written["additionalProperties"]
        return [
            change
            for name, value in sorted(unnamed.items())
            for change in self.compare(value, allowed, f"{path}.{name}".lstrip("."))
        ]

    def _items(self, written: Alternative, read: Alternative, path: str) -> list[str]:
        if "items" not in read:
            return []
        return self.compare(written.get("items", True), read["items"], f"{path}[]")


def _reference(schema: Any) -> str:
    return str(schema.get("$ref", "")) if isinstance(schema, Mapping) else ""


def _place(path: str) -> str:
    return path or "the record"
