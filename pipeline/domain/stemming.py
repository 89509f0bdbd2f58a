"""Stems of words, by Snowball (Porter 2001)."""

from __future__ import annotations

import threading
from typing import Any

import Stemmer

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "fa": "persian", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nl": "dutch",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
"""Snowball's stemmers by language code."""

_UNCACHED = 0
"""It finds a stem in half a microsecond."""

_local = threading.local()
"""A stemmer keeps the word it works on in itself, so that each thread has its own."""


def stem(word: str, language: str) -> str:
    """The stem of a word in lower case; the word itself where the language has no stemmer."""
    if language not in STEMMERS:
        return word
    stemmers: dict[str, Any] = _local.__dict__.setdefault("stemmers", {})
    if language not in stemmers:
        stemmers[language] = Stemmer.Stemmer(STEMMERS[language], _UNCACHED)
    found: str = stemmers[language].stemWord(word)
    return found
