"""Moments as an operator gives them: a date, or how long ago."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from pipeline.domain.records.dates import read_date
from pipeline.runtime.cli.command_errors import CommandError

_AGO = re.compile(r"([0-9]{1,9})\s?(s|min|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def moment(given: str, now: datetime) -> datetime:
    """`2h` is two hours before `now`; dates are read as in articles, without a zone as UTC.

    Raises CommandError.
    """
    ago = _AGO.fullmatch(given.strip())
    try:
        found = now - timedelta(seconds=int(ago[1]) * _SECONDS[ago[2]]) if ago else read_date(given, now)
    except OverflowError:
        found = None
    if found is None:
        raise CommandError(
            f"{given!r} is no moment in the past: give a date such as 2026-03-04T10:00Z, or how long ago, "
            "such as 90min, 2h or 3d"
        )
    return found
