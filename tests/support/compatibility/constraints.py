"""Constraints on a value itself: whether what is written keeps within what is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.compatibility.alternatives import Alternative

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")

_COMPARED_ELSEWHERE = frozenset(
    {"type", "enum", "const", "properties", "required", "additionalProperties", "items", *_LOWER, *_UPPER}
)
_ONLY_SAID = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$defs",
     "$id", "$schema"}
)  # fmt: skip
"""Annotations: they limit nothing. So does whatever starts with `x-`."""


def constraint_changes(written: Alternative, read: Alternative) -> Iterator[str]:
    """What of `written` would be outside `read`."""
    yield from _values(written, read)
    yield from _bounds(written, read)
    for word in sorted(read.keys() - _COMPARED_ELSEWHERE - _ONLY_SAID):
        if not word.startswith("x-") and written.get(word) != read[word]:
            yield f"`{word}` was {_or_none(read, word)} and is {_or_none(written, word)}"


def _values(written: Alternative, read: Alternative) -> Iterator[str]:
    allowed, possible = _listed(read), _listed(written)
    if allowed is None:
        return
    if possible is None:
        yield f"may be any value, only {_list(allowed)} are expected"
    elif unexpected := [value for value in possible if value not in allowed]:
        yield f"may be {_list(unexpected)}, only {_list(allowed)} are expected"


def _bounds(written: Alternative, read: Alternative) -> Iterator[str]:
    """A bound is kept where the other side has the same or a tighter one."""
    for word in (*_LOWER, *_UPPER):
        if word not in read:
            continue
        tighter = max if word in _LOWER else min
        if word not in written or tighter(written[word], read[word]) != written[word]:
            yield f"`{word}` was {read[word]} and is {_or_none(written, word)}"


def _listed(schema: Alternative) -> list[Any] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else list(values)


def _list(values: list[Any]) -> str:
    return ", ".join(repr(value) for value in values)


def _or_none(schema: Alternative, word: str) -> str:
    return str(schema[word]) if word in schema else "not limited"
