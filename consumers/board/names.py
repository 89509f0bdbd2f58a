"""Names of languages and countries, and which codes are safe to name as `lang`."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@lru_cache(maxsize=4_096)
def language_name(code: str, language: str = "en") -> str:
    """`de` is German, in a language of the board; an unknown code stands for itself."""
    names = Locale(language).languages
    return str(names.get(code) or names.get(code.split("-")[0].lower()) or code)


@lru_cache(maxsize=4_096)
def country_name(code: str, language: str = "en") -> str:
    """`DE` is Germany; an unknown code stands for itself."""
    return str(Locale(language).territories.get(code.upper()) or code)


def language_tag(code: str | None) -> str | None:
    """The code if it is well formed enough for a `lang` attribute, else None."""
    return code if code and _TAG.fullmatch(code) and code != "und" else None
