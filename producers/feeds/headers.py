"""What a server and a feed say about when to come again, in seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r'(?:^|[\s,])max-age\s*=\s*"?(\d{1,9})', re.IGNORECASE)
_AGAIN = re.compile(r"(?:^|[\s,])no-(?:cache|store)(?:$|[\s,=])", re.IGNORECASE)
_DIGITS = 9
"""Of a number of seconds; more is no wish but a mistake."""


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, which is a number or a date; None where it is neither."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:_DIGITS])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # the latter for a year, an hour or a zone of many digits
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def fresh_for_s(headers: Mapping[str, str]) -> float:
    """How long the answer is still good by Cache-Control: asking again before gives the same; 0: not said."""
    control = headers.get("cache-control", "")
    found = _MAX_AGE.search(control)
    if found is None or _AGAIN.search(control):
        return 0.0
    age = headers.get("age", "").strip()
    return max(0.0, float(found[1]) - (float(age) if age.isdecimal() and len(age) <= _DIGITS else 0.0))


def ttl_s(minutes: str | None) -> float:
    """RSS' `<ttl>`, which is in minutes; 0 where there is none."""
    number = (minutes or "").strip()
    return float(number) * 60 if number.isdecimal() and len(number) <= _DIGITS else 0.0
