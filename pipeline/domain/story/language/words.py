"""Texts to comparable terms."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from pipeline.domain.stemming import stem
from pipeline.domain.story.language.figures import CACHED_WORDS, number_of
from pipeline.domain.story.language.lexicons import lexicon
from pipeline.domain.writing import DENSE, character_pairs

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[’'\-][^\W\d_]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
"""Soft hyphens, zero-width and direction marks, lone surrogates."""

_ELISION = re.compile(r"^(?:l|d|j|qu|n|s|c|m|t|jusqu|lorsqu|puisqu|dell|nell|all|sull|un)['’]", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?$")

_LEAST_NUMBER = 2
"""Words for one are articles in many languages."""


def tokens(text: str) -> list[str]:
    """Words and numbers in order, as written; Chinese, Japanese and Korean come as pairs of characters."""
    if not DENSE.search(text):
        return _TOKEN.findall(text)
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if DENSE.search(token):
            found.extend(character_pairs(token))
        else:
            found.append(token)
    return found


@lru_cache(maxsize=CACHED_WORDS)
def normal(token: str, language: str) -> str:
    """The form under which a token is compared: its stem, where the language has a stemmer."""
    word = _POSSESSIVE.sub("", token.casefold())
    if language in ("fr", "it"):
        word = _ELISION.sub("", word)
    return word if word.isdigit() else stem(word, language)


def terms(text: str, language: str) -> list[str]:
    """Content terms in order, with repetitions: no stop words, no single letters.

    Number words become digits, so that `quince muertos` meets `15 muertos`.
    """
    return [term for token in tokens(text) if (term := _term(token, language))]


@lru_cache(maxsize=CACHED_WORDS)
def _term(token: str, language: str) -> str:
    """Empty where the token is none."""
    stop, lower = lexicon(language).stop_words, token.casefold()
    if (number := number_of(lower, language)) >= _LEAST_NUMBER:
        return f"{number:g}"
    if lower in stop or (len(lower) < 2 and not lower.isdigit()):
        return ""
    word = normal(token, language)
    return "" if word in stop else word


@cache
def idle_terms(language: str) -> frozenset[str]:
    """Terms of the words that carry no topic: stop words, words of the trade, verbs of saying."""
    words = lexicon(language)
    return frozenset(normal(word, language) for word in words.stop_words | words.news_words | words.speech)


def surfaces(text: str, language: str) -> dict[str, str]:
    """For each term of the text the word that it first came as, in lower case."""
    found: dict[str, str] = {}
    for token in tokens(text):
        word = _POSSESSIVE.sub("", token.casefold())
        if language in ("fr", "it"):
            word = _ELISION.sub("", word)
        found.setdefault(normal(token, language), word)
    return found


def plain(text: str) -> str:
    """Composed characters, no control, format or invisible ones, single spaces."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", _CONTROL.sub(" ", text))).split())
