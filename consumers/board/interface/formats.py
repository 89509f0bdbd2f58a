"""Numbers, shares, times and lengths of time as a language writes them; all times are UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent, get_decimal_symbol
from babel.units import format_unit

CACHED = 8_192
"""A list repeats its numbers and days, and writing one takes as long as a whole line of a template."""

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


class Formats:
    """Of one locale."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale

    def number(self, number: float) -> str:
        """`1,234`."""
        return _decimal(number, None, self._locale)

    def decimal(self, number: float, digits: int) -> str:
        """`0.84` with two digits."""
        return _decimal(number, f"#,##0.{'0' * digits}" if digits else "#,##0", self._locale)

    def rough(self, number: float) -> str:
        """Two significant digits, as for a small probability."""
        return f"{number:.2g}".replace(".", get_decimal_symbol(self._locale))

    def rate(self, per_hour: float) -> str:
        """Articles per hour with as many digits as say something."""
        return self.decimal(per_hour, 0 if per_hour >= 10 else 1 if per_hour >= 0.1 else 2)

    def percent(self, share: float) -> str:
        """A share as a whole percentage; never 0% for something, never 100% for not all."""
        if 0 < share < 0.005:
            return f"<{self._percent(0.01)}"
        if 0.995 <= share < 1:
            return f">{self._percent(0.99)}"
        return self._percent(share)

    def time(self, moment: datetime) -> str:
        """`16 Aug 2025, 08:20 UTC`."""
        utc = moment.astimezone(UTC)
        return f"{self.day(utc)}, {utc:%H:%M} UTC"

    def day(self, moment: datetime) -> str:
        """`16 Aug 2025`."""
        return _day(moment.astimezone(UTC).date(), self._locale)

    def duration(self, span: timedelta) -> str:
        """`6 hours`, `2 days`."""
        seconds = int(span.total_seconds())
        for name, length in _UNITS:
            if seconds >= length and seconds % length == 0:
                return self._units(seconds // length, name)
        return self._units(max(round(seconds / 60), 1), "minute")

    def _percent(self, share: float) -> str:
        return _percent(round(share, 2), self._locale)

    def _units(self, number: int, name: str) -> str:
        return format_unit(number, f"duration-{name}", locale=self._locale)


@lru_cache(maxsize=CACHED)
def _decimal(number: float, pattern: str | None, locale: Locale) -> str:
    return format_decimal(number, pattern, locale)


@lru_cache(maxsize=CACHED)
def _percent(share: float, locale: Locale) -> str:
    return format_percent(share, locale=locale)


@lru_cache(maxsize=CACHED)
def _day(day: date, locale: Locale) -> str:
    return format_skeleton("yMMMd", day, locale=locale)
