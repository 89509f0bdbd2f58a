"""Time zones as they stand behind dates: offsets, names of the tz database, abbreviations."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

_ZERO = timedelta(0)
_FURTHEST = timedelta(hours=14)
"""No clock on Earth is further from UTC."""

_OFFSET = re.compile(r"(?:(?:UTC|GMT)\s?)?([+-])(\d{1,2})(?::?(\d\d))?", re.IGNORECASE | re.ASCII)
_COMMENT = re.compile(r"\s*\([^()]*\)$")
_BOTH = re.compile(r"(\S+)\s?\[([\w/+-]+)\]", re.ASCII)
"""RFC 9557: an offset, and the zone that has it."""
_PLACE = re.compile(r"[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+")
_ABBREVIATION = re.compile(r"[A-Za-z]{2,5}")

_RFC = {
    "Z": 0,
    "UT": 0,
    "UTC": 0,
    "GMT": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
"""What RFC 822 says they mean, wherever else they are used."""
_REGIONAL = {
    "ART": -3,
    "BOT": -4,
    "BRST": -2,
    "BRT": -3,
    "CLST": -3,
    "CLT": -4,
    "COT": -5,
    "ICT": 7,
    "MYT": 8,
    "PET": -5,
    "PHT": 8,
    "SGT": 8,
    "TRT": 3,
    "UYT": -3,
    "VET": -4,
}
"""In use, with one meaning, and left out of the tz database, which writes `-03`."""
_DISPUTED = frozenset({"AST", "ADT", "SST"})
"""The tz database has one meaning of them; people have others (Arabia, Singapore)."""


class UnknownZoneError(ValueError):
    """No zone that is known, or one with several meanings."""


def offset_of(zone: str, local: datetime) -> timedelta:
    """What this zone is ahead of UTC at a local time. Raises UnknownZoneError where that is not certain."""
    zone = _COMMENT.sub("", zone.strip())
    if both := _BOTH.fullmatch(zone):
        offset = offset_of(both[1], local)
        if offset not in _offsets_at(both[2], local):
            raise UnknownZoneError(f"{both[2]} is not at {both[1]} then")
        return offset
    if zone[:1] == "[" and zone[-1:] == "]":
        zone = zone[1:-1]
    if given := _OFFSET.fullmatch(zone):
        return _numeric(given)
    if _PLACE.fullmatch(zone):
        return _only(_offsets_at(zone, local), zone)
    if _ABBREVIATION.fullmatch(zone) or zone.upper() in _RFC:
        return _abbreviated(zone.upper(), local.year)
    raise UnknownZoneError(f"unknown time zone {zone!r}")


def _numeric(given: re.Match[str]) -> timedelta:
    minutes = int(given[3] or 0)
    offset = timedelta(hours=int(given[2]), minutes=minutes)
    if minutes > 59 or offset > _FURTHEST:
        raise UnknownZoneError(f"no place has the offset {given[0]}")
    return -offset if given[1] == "-" else offset


def _offsets_at(place: str, local: datetime) -> set[timedelta]:
    """One; two in an hour that the clocks skip or repeat."""
    try:
        zone = ZoneInfo(place)
    except (KeyError, ValueError, OSError):  # unknown; no valid key; a folder of the database
        raise UnknownZoneError(f"unknown time zone {place!r}") from None
    moments = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return {moment.utcoffset() or _ZERO for moment in moments}


def _abbreviated(name: str, year: int) -> timedelta:
    if name in _RFC or name in _REGIONAL:
        return timedelta(hours=_RFC[name] if name in _RFC else _REGIONAL[name])
    if name in _DISPUTED:
        raise UnknownZoneError(f"the time zone {name} has several meanings")
    return _only(_meanings(year).get(name, set()), name)


@lru_cache(maxsize=8)
def _meanings(year: int) -> Mapping[str, set[timedelta]]:
    """Abbreviation to the offsets that places of the tz database have under it in this year."""
    found: dict[str, set[timedelta]] = defaultdict(set)
    for place in available_timezones():
        zone = ZoneInfo(place)
        for month in (1, 7):
            moment = datetime(year, month, 1, tzinfo=zone)
            found[moment.tzname() or ""].add(moment.utcoffset() or _ZERO)
    return found


def _only(offsets: set[timedelta], zone: str) -> timedelta:
    if len(offsets) != 1:
        raise UnknownZoneError(f"the time zone {zone} is unknown, or has several meanings")
    return next(iter(offsets))
