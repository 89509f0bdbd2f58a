"""Names in running text, told by their capitals.

Multi-word names are read in every language with capitals, single words only where a capital means a name:
not at the beginning of a sentence, and not in German, where every noun has one. Chinese and Arabic names
stay unread. The connecting words are those of names (`Rio de Janeiro`, `Ursula von der Leyen`).
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache

from babel import Locale, UnknownLocaleError

from pipeline.domain.story.language.lexicons import Lexicon, lexicon
from pipeline.domain.writing import CASELESS_LANGUAGES

_CAPITAL = r"[^\W\d_a-zà-öø-ÿа-яё]"
_WORD = rf"(?:(?:[DLdl]['’]|Mc|Mac|O['’])?{_CAPITAL}[\w'’]*(?:-[\w'’]+)*|(?:{_CAPITAL}\.){{2,}})"
_LINK = {
    "en": r"(?:(?<=Bank )of|(?<=University )of|(?<=Ministry )of|(?<=Department )of|(?<=House )of"
    r"|(?<=Court )of|(?<=Gulf )of|(?<=Republic )of|(?<=Office )of|de|van|von|der|bin|al)",
    "de": "(?:von|van|zu|de)",
    "fr": "(?:de|du|des|le|la)",
    "es": "(?:de|del|la|las|los)",
    "pt": "(?:de|do|da|dos|das)",
    "it": "(?:di|del|della|dei|da)",
    "nl": "(?:van|de|der|den)",
}
"""Small words inside names."""

_ACRONYM = re.compile(r"^[^\W\d_]{2,5}$")
_POSSESSIVE = re.compile(r"['’]s?$")
_ROMAN = re.compile(r"^[IVXLC]+e?$")
_ELISION = re.compile(r"^[DLdl]['’]")


def names(sentence: str, language: str, ordinary: Set[str] = frozenset()) -> list[str]:
    """The names in a sentence in order, repetitions included, without titles before a person's name.

    `ordinary` are words that the text also writes small: one of them at the beginning is no name.
    """
    words = lexicon(language)
    if words.language in CASELESS_LANGUAGES:
        return []
    found = []
    for match in _pattern(words.language).finditer(sentence):
        opens = not any(letter.isalnum() for letter in sentence[: match.start()])
        for number, piece in enumerate(_pieces(match.group(), words)):
            first = opens and number == 0
            # Inside a sentence a capital makes even a stop word part of the name: `The Hague`.
            idle = words.before_names | ordinary if first else words.honorifics | words.calendar
            name = _trimmed(piece, words, idle)
            # What is left after an article or a number stands no longer at the beginning.
            owner = _POSSESSIVE.search(piece) is not None and name.casefold() not in ordinary
            if name and _is_name(name, words, first and piece.startswith(name) and not owner):
                found.append(name)
    return found


@cache
def _pattern(language: str) -> re.Pattern[str]:
    link = _LINK.get(language)
    linked = rf"(?: {link}){{0,2}}" if link else ""
    return re.compile(rf"(?<![\w'’.-]){_WORD}(?:{linked} {_WORD})*")


def _pieces(text: str, words: Lexicon) -> list[str]:
    """`U.S. President Donald Trump` is a country and a person, and so is what `Berlin's Olaf Scholz` has."""
    pieces: list[list[str]] = [[]]
    for part in text.split():
        if _bare(part) in words.honorifics:
            pieces.append([])
        else:
            pieces[-1].append(part)
            if _POSSESSIVE.search(part):
                pieces.append([])
    return [" ".join(piece) for piece in pieces if piece]


def _trimmed(text: str, words: Lexicon, idle: Set[str]) -> str:
    """Without `idle` words at the beginning and stop words, titles and days at the end."""
    parts = [_POSSESSIVE.sub("", part) for part in text.split()]
    if words.language in ("fr", "it") and parts:
        parts[0] = _ELISION.sub("", parts[0])
    while parts and not (_bare(parts[0]) == "new" and len(parts) > 1) and _is_idle(parts[0], idle):
        parts = parts[1:]
        # A second word that is also written small may still begin a name.
        idle = words.before_names
    while parts and _is_idle(parts[-1], words.before_names):
        parts = parts[:-1]
    return " ".join(parts)


def _is_idle(part: str, idle: Set[str]) -> bool:
    return not part or part[0].islower() or _bare(part) in idle


def _bare(word: str) -> str:
    return word.casefold().rstrip(".")


def _is_name(name: str, words: Lexicon, opens: bool) -> bool:
    if len(name) < 2 or _ROMAN.match(name) or _bare(name) in words.no_names | _months(words.language):
        return False
    if " " in name:
        # Shouted words are headings or the parts of a transcript.
        return not name.isupper()
    if _ACRONYM.match(name) and name.isupper():
        return True
    return not opens and words.language != "de" and len(name) > 2


@cache
def _months(language: str) -> frozenset[str]:
    """Names of the months as the CLDR has them, short ones too (`Aug`, `Sept`), in lower case."""
    try:
        months = Locale(language).months
    except (UnknownLocaleError, ValueError):
        return frozenset()
    forms = [months[use][width] for use in ("format", "stand-alone") for width in ("wide", "abbreviated")]
    return frozenset(_bare(name) for form in forms for name in form.values())
