"""Numbers of several words (`two hundred and fifty`, `zweihundertfünfzig`), read by text2num."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from text_to_num import text2num

_JOINTS = {"de": "(?:und)?", "en": "(?:[- ]| and )", "es": "(?: | y )", "fr": "(?:[- ]| et )"}
"""What may stand between the words of one number, in the languages of ours that text2num knows."""
_NEVER = re.compile(r"(?!)")
"""Matches nothing."""


def runs_of(words: Iterable[str], scales: Iterable[str], language: str) -> re.Pattern[str]:
    """Matches two number words and more that belong together; nothing in a language that text2num doesn't know."""
    joint = _JOINTS.get(language)
    if joint is None:
        return _NEVER
    parts = {part for word in words for part in re.split("[- ]", word)}
    ones, large = _any_of(parts, language), _any_of(scales, language)
    # The thousand of `3 thousand` belongs to the digits.
    return re.compile(rf"\b(?:{ones}|(?<!\d[ \u00a0-])(?:{large}))(?:{joint}(?:{ones}|{large}))+\b", re.IGNORECASE)


@lru_cache(maxsize=4_096)
def digits_of(words: str, language: str) -> str:
    """The number as digits; the words as they are where they are no number (`nine eleven`)."""
    try:
        return str(text2num(words, language))
    except ValueError:
        return words


def _any_of(words: Iterable[str], language: str) -> str:
    numbers = {word for word in words if digits_of(word, language) != word}
    return "|".join(sorted(numbers, key=lambda word: (-len(word), word)))
