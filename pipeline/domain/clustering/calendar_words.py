"""Names of months and weekdays in any language, from CLDR."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale, UnknownLocaleError

_WORD = re.compile(r"[^\W\d_]+")


@cache
def calendar_words(language: str) -> frozenset[str]:
    """Lower-case names of months and weekdays, long and short; none for a language without a locale."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return frozenset()
    names = (
        name
        for kinds in (locale.months, locale.days)
        for widths in kinds.values()
        for width in ("wide", "abbreviated")
        for name in widths[width].values()
    )
    return frozenset(word for name in names for word in _WORD.findall(name.casefold()))
