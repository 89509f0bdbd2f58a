"""Dates: right to the second, or unknown. The one reader of dates, for feeds and JSON alike.

Understood: ISO 8601; RFC 2822 as RSS has it, also with whole names of months, and in other languages where an
offset is given; what `date`, Java and JavaScript write; epoch seconds and milliseconds. The zone may be an offset,
`GMT+0200`, a name of the tz database, or an abbreviation with one meaning. Without one it is UTC; a day alone is
its midnight. Nothing is guessed: `2026-03`, `01/02/2026`, `IST`, the 30th of February are unknown. So are the
zeros of programs (1970, year 1) and what is more than an hour ahead.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pipeline.domain.records.months import month_number
from pipeline.domain.records.zones import offset_of

FIRST_YEAR = 1900
LAST_YEAR = 2100
"""Dates outside are mistakes: a zero date, a sentinel, seconds taken for milliseconds."""
MAX_AHEAD = timedelta(hours=1)
"""Clocks differ; what is further ahead is a mistake, or the date of the event that is announced."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO_DAY = timedelta(days=1)
"""A date so near to the epoch is the zero of a program, perhaps in a local time."""
_MILLISECONDS_FROM = 1e11
"""As seconds this is the year 5138, as milliseconds 1973: from here on a number is milliseconds."""
_SECONDS_FROM = 1e8
"""A smaller number is no time of 1970 to 1973, but a day (20260304), a zero or a counter."""
_LONGEST = 120

_EPOCH_TEXT = re.compile(r"-?(?:[0-9]{9,10}|[0-9]{12,13})(?:\.[0-9]{1,9})?")
_DIGITS_14 = re.compile(r"[0-9]{14}")
_ISO = re.compile(
    r"(?P<local>(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}|[0-9]{4}-?W[0-9]{2}-?[0-9])"
    r"(?:[T ]?[0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2}(?:[.,][0-9]+)?)?)?)?)\s?(?P<zone>[^0-9:.,].*)?",
    re.IGNORECASE,
)
_TIME = r"(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)?"
_WEEKDAY = r"(?:[^\W\d_]+\.?(?:,\s?|\s))?"
_MONTH = r"(?P<month>[^\W\d_]{3,})\.?"
_YEAR = r"(?P<year>[1-9][0-9]{3}|[0-9]{2})"
"""The year 1 is how some programs write no date."""
_WORDED = tuple(
    re.compile(shape)
    for shape in (
        rf"{_WEEKDAY}(?P<day>[0-9]{{1,2}})[\s-]{_MONTH}[\s-]{_YEAR},?\s{_TIME}(?P<zone>.*)",
        rf"{_WEEKDAY}{_MONTH}\s(?P<day>[0-9]{{1,2}}),?\s(?P<year>[1-9][0-9]{{3}}),?\s{_TIME}(?P<zone>.*)",
        rf"{_WEEKDAY}{_MONTH}\s(?P<day>[0-9]{{1,2}})\s{_TIME}(?P<zone>.*)\s(?P<year>[1-9][0-9]{{3}})",
    )
)


def read_date(value: str | float, reference: datetime | None = None) -> datetime | None:
    """The moment in UTC, None where it is not certain; `reference` is when the date came in (now if not known)."""
    try:
        moment = _from_text(" ".join(value.split())) if isinstance(value, str) else _from_epoch(value)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR or abs(moment - _EPOCH) < _ZERO_DAY:
        return None
    return moment if moment - MAX_AHEAD <= (reference or datetime.now(UTC)) else None


def first_date(*given: str | None, reference: datetime | None = None) -> str | None:
    """The first of these that is a certain date, as it was given; where none is, the first that was given."""
    texts = [each for each in given if each]
    return next((each for each in texts if read_date(each, reference)), texts[0] if texts else None)


def written_date(moment: datetime) -> str:
    """As records have it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _from_text(text: str) -> datetime:
    text = text[:_LONGEST].replace("\N{MINUS SIGN}", "-")
    if _EPOCH_TEXT.fullmatch(text):
        return _from_epoch(float(text))
    if _DIGITS_14.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if found := _ISO.fullmatch(text):
        return _in_zone(datetime.fromisoformat(found["local"].upper().replace(",", ".")), found["zone"])
    found = next((each for shape in _WORDED if (each := shape.fullmatch(text))), None)
    if found is None:
        raise ValueError(f"no date: {text}")
    return _from_words(found)


def _from_words(found: re.Match[str]) -> datetime:
    zone = found["zone"].strip()
    # A date without a zone is UTC in English alone: in another language it is more likely local.
    month = month_number(found["month"], in_english=not zone)
    if month is None:
        raise ValueError(f"no month: {found['month']}")
    hour, minute, second = (int(part) for part in f"{found['time']}:0".split(":")[:3])
    if found["half"]:
        hour = _of_24(hour, found["half"])
    return _in_zone(datetime(_full_year(found["year"]), month, int(found["day"]), hour, minute, second), zone)


def _of_24(hour: int, half: str) -> int:
    """12 AM is midnight, 12 PM noon."""
    if not 1 <= hour <= 12:
        raise ValueError(f"no hour of half a day: {hour}")
    return hour % 12 + (12 if half in "Pp" else 0)


def _full_year(digits: str) -> int:
    """RFC 2822 on years of two digits: 00 to 49 are of this century."""
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 50 else 1900)


def _in_zone(local: datetime, zone: str | None) -> datetime:
    offset = offset_of(zone, local) if zone and zone.strip() else timedelta(0)
    return (local - offset).replace(tzinfo=UTC)


def _from_epoch(number: float) -> datetime:
    if abs(number) < _SECONDS_FROM:
        raise ValueError(f"no time since the epoch: {number}")
    return _EPOCH + timedelta(seconds=number / 1000 if abs(number) >= _MILLISECONDS_FROM else number)
