"""The one JSON codec: compact UTF-8, keys in the order given."""

from __future__ import annotations

from typing import Any

import orjson


def to_json(value: Any) -> bytes:
    """Encode plain values; datetimes become ISO 8601 with `Z`."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


def from_json(data: bytes | str) -> Any:
    """Decode; raises ValueError where the data is not JSON."""
    return orjson.loads(data)
