"""A schema as the list of plain alternatives that a value may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Alternative = Mapping[str, Any]
"""A schema without `$ref`, `anyOf` and `oneOf`, and with one type at most; an empty one allows everything."""

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


def alternatives(schema: Any, root: Mapping[str, Any]) -> list[Alternative]:
    """All that a value of this schema may be: references followed, unions flattened."""
    if schema is True:
        return [{}]
    if schema is False:
        return []
    if "$ref" in schema:
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        return [{**each, **beside} for each in alternatives(_resolve(schema["$ref"], root), root)]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            beside = {name: value for name, value in schema.items() if name != union}
            return [{**beside, **each} for part in schema[union] for each in alternatives(part, root)]
    return _by_type(schema)


def fits(written: Alternative, read: Alternative) -> bool:
    """Whether the types agree; an integer is a number."""
    kinds = (written.get("type"), read.get("type"))
    return kinds[1] is None or kinds[0] == kinds[1] or kinds == ("integer", "number")


def shown(alternative: Alternative) -> str:
    """The alternative in a word or two."""
    return str(alternative.get("type") or "anything")


def _by_type(schema: Mapping[str, Any]) -> list[Alternative]:
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return [{**schema, "type": kind} for kind in kinds]
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if kinds is None and values:  # the type need not be said beside values
        groups: dict[str, list[Any]] = {}
        for value in values:
            groups.setdefault(_TYPES.get(type(value), "object"), []).append(value)
        return [{**schema, "type": kind, "enum": group} for kind, group in groups.items()]
    return [schema]


def _resolve(reference: str, root: Mapping[str, Any]) -> Any:
    """What a JSON Pointer (RFC 6901) inside the document points at."""
    if not reference.startswith("#"):
        raise ValueError(f"$ref {reference!r} leaves the document; only `#/...` can be compared")
    found: Any = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")] if part else found
    return found
