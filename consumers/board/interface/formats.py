"""Numbers, shares, times and lengths of time as a language writes them; all times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent, get_decimal_symbol
from babel.units import format_unit

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


class Formats:
    """Of one locale."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale

    def number(self, number: float) -> str:
        """`1,234`."""
        return format_decimal(number, locale=self._locale)

    def decimal(self, number: float, digits: int) -> str:
        """`0.84` with two digits."""
        return format_decimal(number, f"#,##0.{'0' * digits}" if digits else "#,##0", self._locale)

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
        return format_skeleton("yMMMd", moment.astimezone(UTC), locale=self._locale)

    def duration(self, span: timedelta) -> str:
        """`6 hours`, `2 days`."""
        seconds = int(span.total_seconds())
        for name, length in _UNITS:
            if seconds >= length and seconds % length == 0:
                return self._units(seconds // length, name)
        return self._units(max(round(seconds / 60), 1), "minute")

    def _percent(self, share: float) -> str:
        return format_percent(share, locale=self._locale)

    def _units(self, number: int, name: str) -> str:
        return format_unit(number, f"duration-{name}", locale=self._locale)
