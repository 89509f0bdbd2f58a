"""Texts to comparable terms."""

from __future__ import annotations

import re
import unicodedata

from pipeline.story.language.lexicons import lexicon

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[’'\-][^\W\d_]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Soft hyphens, zero-width and direction marks, lone surrogates."""

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ELISION = re.compile(r"^(?:l|d|j|qu|n|s|c|m|t|jusqu|lorsqu|puisqu|dell|nell|all|sull|un)['’]", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?$")

_PREFIX = {"de": 9} | dict.fromkeys(("ru", "uk", "bg", "sr", "pl", "cs", "sl", "hr"), 6)
"""Inflecting languages are compared by the beginnings of words, which stands in for a stemmer."""

_PLURAL = frozenset({"en", "es", "fr", "pt", "nl"})
"""Here a last `s` is cut."""


def tokens(text: str) -> list[str]:
    """Words and numbers in order, as written; Chinese, Japanese and Korean come as pairs of characters."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if _CJK.search(token):
            found.extend(token[i : i + 2] for i in range(max(1, len(token) - 1)))
        else:
            found.append(token)
    return found


def normal(token: str, language: str) -> str:
    """The form under which a token is compared."""
    word = _POSSESSIVE.sub("", token.casefold())
    if language in ("fr", "it"):
        word = _ELISION.sub("", word)
    elif language == "ar":
        word = word.removeprefix("و").removeprefix("ال")
    if language in _PLURAL and len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    return word[: _PREFIX.get(language, 24)]


def terms(text: str, language: str) -> list[str]:
    """Content terms in order, with repetitions: no stop words, no single letters."""
    stop = lexicon(language).stop_words
    found = []
    for token in tokens(text):
        lower = token.casefold()
        if lower in stop or (len(lower) < 2 and not lower.isdigit()):
            continue
        word = normal(token, language)
        if word and word not in stop:
            found.append(word)
    return found


def plain(text: str) -> str:
    """Composed characters, no control, format or invisible ones, single spaces."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", _CONTROL.sub(" ", text))).split())
