"""Which sentences can stand alone in front of a reader."""

from __future__ import annotations

import re

from pipeline.domain.story.language.lexicons import Lexicon, lexicon
from pipeline.domain.writing import DENSE_LANGUAGES

MIN_CHARS, MAX_CHARS = 28, 340
MIN_WORDS, MAX_WORDS = 5, 55
_DENSE_CHARS = (14, 140)

_END = re.compile(r"[.!。！…؟۔]+[\"”’»)\]“」』）]*$")
_START = re.compile(r"^[\"“„«»(¿¡「『]*\s?\w")
_QUOTED = re.compile(r"[\"“”„«»「『]([^\"“”„«»「」『』]{2,})[\"“”«»」』]")
_QUOTE_OPENERS = '"“„«»「『'
_MARKS = re.compile('["“”„«»「」『』]')
_WORD = re.compile(r"[^\W\d_][\w'’\-]*")
_FIRST_PERSON = re.compile(r"^(?:I|I['’]\w+|We|We['’]\w+|My|Our|Ich|Wir|Je|Nous|Yo|Nosotros|Я|Мы|You|Your)\b")
_NOISE = re.compile(r"https?://|www\.|@\w|#\w|\S+\.(?:com|org|net)\b|\||\[…\]|\[\.\.\.\]|…$|\.\.\.$|>>|_{2,}")


def is_quotable(sentence: str, language: str) -> bool:
    """A whole sentence of the story that needs no other sentence to be understood."""
    words = lexicon(language)
    return (
        _has_shape(sentence, words.language)
        and not _NOISE.search(sentence)
        and not words.boilerplate.search(sentence)
        and not words.points_back.search(_QUOTED.sub(" ", sentence))
        and not _dangles(sentence, words)
        and _quotes_are_owned(sentence, words)
    )


def _has_shape(sentence: str, language: str) -> bool:
    if not _END.search(sentence) or not _START.match(sentence) or sentence[0].islower():
        return False
    if language in DENSE_LANGUAGES:
        return _DENSE_CHARS[0] <= len(sentence) <= _DENSE_CHARS[1]
    count = len(_WORD.findall(sentence))
    if not (MIN_CHARS <= len(sentence) <= MAX_CHARS and MIN_WORDS <= count <= MAX_WORDS):
        return False
    capitals = sum(map(str.isupper, sentence))
    return capitals < len(sentence) * 0.4 and sentence.count("(") == sentence.count(")")


def _dangles(sentence: str, words: Lexicon) -> bool:
    """Opens with a word that points back (`He`, `But`, `This`), or speaks in the first person."""
    if words.language in DENSE_LANGUAGES:
        return sentence.startswith(tuple(words.dangling))
    opening = _WORD.search(sentence)
    if opening is None:
        return True
    first = opening.group().casefold()
    if sentence[0] in _QUOTE_OPENERS:
        # Who speaks of himself in a quotation is named after it; who is spoken of is not.
        return first in words.pronouns and not _FIRST_PERSON.match(sentence.lstrip(_QUOTE_OPENERS + " "))
    return first in words.dangling or _FIRST_PERSON.match(sentence) is not None


def _quotes_are_owned(sentence: str, words: Lexicon) -> bool:
    """Marks are paired, and a quotation of more than a few words has a speaker with a name or an office."""
    if len(_MARKS.findall(sentence)) % 2:
        return False
    longest = max((len(_WORD.findall(quoted)) for quoted in _QUOTED.findall(sentence)), default=0)
    if longest < 4:
        return True
    outside = [word.casefold() for word in _WORD.findall(_QUOTED.sub(" ", sentence))]
    return any(word not in words.nobody for word in outside)
