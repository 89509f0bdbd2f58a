"""Names of months in the languages of the press, from the CLDR."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from babel import Locale

_LANGUAGES = (
    "ar",
    "bg",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "es",
    "et",
    "fa",
    "fi",
    "fr",
    "he",
    "hr",
    "hu",
    "id",
    "it",
    "lt",
    "lv",
    "nb",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sq",
    "sr",
    "sv",
    "tr",
    "uk",
    "vi",
)


def month_number(name: str, *, in_english: bool = False) -> int | None:
    """1 to 12; None where the name is unknown, or names different months (listopad: Croatian 10, Czech 11)."""
    name = name.casefold().rstrip(".")
    numbers = _numbers("en").get(name, set())
    if not numbers and not in_english:
        numbers = _numbers(*_LANGUAGES).get(name, set())
    return next(iter(numbers)) if len(numbers) == 1 else None


@cache
def _numbers(*languages: str) -> Mapping[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for language in languages:
        for widths in Locale(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in widths.get(width, {}).items():
                    found[str(name).casefold().rstrip(".")].add(number)
    return found
