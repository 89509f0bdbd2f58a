"""Recurring columns: horoscopes, weather, market reports, lottery numbers.

Their issues repeat each other's words, so that likeness glues a month of them into one story. They are known by
their form: the same outlet used the same headline on another day, numbers, weekdays and months aside
("Lottery numbers for Tuesday, 3 March"), or the same label before a colon at the same time of another day
("Weather forecast: ..."). Each issue is its own story; what other outlets wrote on that day may join it.
"""

from __future__ import annotations

import re
import zlib

from pipeline.domain.clustering.calendar_words import calendar_words

ANOTHER_DAY_S = 20 * 3_600.0
"""Issues of a daily column are at least this far apart."""

LAST_ISSUE_S = 8 * 86_400.0
"""A weekly column is known by its issue of last week; later the form may be a coincidence."""

ISSUE_S = 18 * 3_600.0
"""Coverage of one issue: morning papers to evening papers of one day."""

SAME_TIME_S = 20 * 60.0
"""A column appears at its time of day, give or take."""

_DAY_S = 86_400.0
_NUMBER = re.compile(r"\d+(?:[\s.,:/-]*\d+)*")
_LABEL = re.compile(r"^\s*(\S[^:：|]{2,40}?)\s*[:：|]\s*\S")
_WORD = re.compile(r"[^\W\d_]+|#")

Forms = tuple[int, ...]
"""What may name the column of an article: the headline's form, then its label where it has one. Empty without an
outlet."""

NO_FORMS: Forms = ()


def forms(title: str, source: str | None, language: str) -> Forms:
    """The forms of a headline, each a 32-bit number that depends on the outlet too."""
    if source is None:
        return NO_FORMS
    found = [_key(source, "headline", skeleton(title, language))]
    label = _LABEL.match(title)
    if label is not None:
        found.append(_key(source, "label", skeleton(label.group(1), language)))
    return tuple(found)


def skeleton(title: str, language: str) -> str:
    """The headline in lower case with `#` for each number, weekday and month, punctuation dropped."""
    calendar = calendar_words(language)
    words = _WORD.findall(_NUMBER.sub(" # ", title.casefold()))
    return " ".join("#" if each in calendar else each for each in words)


def is_next_issue(form_at: int, apart_s: float) -> bool:
    """Whether articles that share a form (0 the headline's, 1 the label's) are issues of a column."""
    if not ANOTHER_DAY_S <= apart_s <= LAST_ISSUE_S:
        return False
    off = apart_s % _DAY_S
    return form_at == 0 or min(off, _DAY_S - off) <= SAME_TIME_S


def is_same_issue(one: float | None, other: float | None) -> bool:
    """Whether two times may belong to one issue; an unknown one may."""
    return one is None or other is None or abs(one - other) <= ISSUE_S


def _key(source: str, kind: str, form: str) -> int:
    return zlib.crc32(f"{source}\0{kind}\0{form}".encode("utf-8", "surrogatepass"))
