"""English names of languages and countries, and which codes are safe to name as `lang`."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_ENGLISH = Locale("en")


@cache
def language_name(code: str) -> str:
    """`de` is German; an unknown code stands for itself."""
    names = _ENGLISH.languages
    return str(names.get(code) or names.get(code.split("-")[0].lower()) or code)


@cache
def country_name(code: str) -> str:
    """`DE` is Germany; an unknown code stands for itself."""
    return str(_ENGLISH.territories.get(code.upper()) or code)


def language_tag(code: str | None) -> str | None:
    """The code if it is well formed enough for a `lang` attribute, else None."""
    return code if code and _TAG.fullmatch(code) and code != "und" else None
