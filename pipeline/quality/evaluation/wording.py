"""What can be told of an article's wording without reading any other: the form of its title, its shingles."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from pipeline.domain.writing import UNSPACED_LANGUAGES, WORD_OR_CHARACTER

SHINGLE_WORDS = 8
"""Long enough that a form with other names in it ("... beat ... at home on Saturday") gives few."""

READ_WORDS = 200
"""Of a body, as the rule for reprints reads."""

_NUMBER = re.compile(r"\d+(?:st|nd|rd|th)?")


def shingles(text: str) -> frozenset[str]:
    """Runs of SHINGLE_WORDS words of the body's beginning."""
    words = WORD_OR_CHARACTER.findall(text[: 12 * READ_WORDS].casefold())[:READ_WORDS]
    return frozenset(" ".join(words[at : at + SHINGLE_WORDS]) for at in range(len(words) - SHINGLE_WORDS + 1))


def without_passages(text: str, repeated: frozenset[str]) -> str:
    """The body without the words that are part of a shingle in `repeated`."""
    if not repeated:
        return text
    words = list(WORD_OR_CHARACTER.finditer(text[: 12 * READ_WORDS]))[:READ_WORDS]
    folded = [each.group().casefold() for each in words]
    cut: set[int] = set()
    for at in range(len(words) - SHINGLE_WORDS + 1):
        if " ".join(folded[at : at + SHINGLE_WORDS]) in repeated:
            cut.update(range(at, at + SHINGLE_WORDS))
    kept, start = [], 0
    for at in sorted(cut):
        if at - 1 not in cut:
            kept.append(text[start : words[at].start()])
        start = words[at].end()
    return "".join([*kept, text[start:]])


def title_form(title: str, language: str) -> str:
    """The title without digits and without names of months and weekdays: what every issue of a column shares."""
    undated = _NUMBER.sub(" ", _calendar_names(language).sub(" ", title.casefold()))
    return " ".join(WORD_OR_CHARACTER.findall(undated))


@lru_cache(maxsize=256)
def _calendar_names(language: str) -> re.Pattern[str]:
    """Months and weekdays as the language writes them, also shortened; nothing for an unknown language."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return re.compile(r"(?!)")
    names = {
        name.casefold().rstrip(".")
        for calendar in (locale.months, locale.days)
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for name in calendar[context][width].values()
    }
    alternatives = "|".join(re.escape(each) for each in sorted(names, key=lambda each: (-len(each), each)))
    return re.compile(alternatives if language in UNSPACED_LANGUAGES else rf"\b(?:{alternatives})\b")
