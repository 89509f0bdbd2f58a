"""Why a request is refused, in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

_WORDS = {
    "int_parsing": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_long": "must have at most {max_length} characters",
    "enum": "must be {expected}",
    "missing": "is missing",
}
"""pydantic's kinds of errors; others are told in its own words."""
_MOMENTS = ("datetime_parsing", "datetime_from_date_parsing", "datetime_type")


def explain(errors: Iterable[Any], known: Sequence[str]) -> str:
    """One sentence for each error; `known` are the parameters that there are."""
    return "; ".join(_told(error, known) for error in errors)


def _told(error: Any, known: Sequence[str]) -> str:
    name, kind, given = str(error["loc"][-1]), error["type"], error.get("input")
    if kind == "extra_forbidden":
        return (
            f"{name}: there is no such parameter{_near(name, known)}; known are {', '.join(known) or 'none here'}"
        )
    if kind in _MOMENTS:
        return f"{name}: must be a date or time, as in 2025-08-15 or 2025-08-15T20:30:00Z (got {given!r:.100})"
    words = _WORDS[kind].format(**error.get("ctx", {})) if kind in _WORDS else str(error["msg"])
    if kind == "enum":
        choices = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        words += _near(str(given), choices)
    return f"{name}: {words} (got {given!r:.100})"


def _near(name: str, known: Sequence[str]) -> str:
    found = get_close_matches(name.lower(), known, 1)
    return f"; did you mean {found[0]}?" if found else ""
