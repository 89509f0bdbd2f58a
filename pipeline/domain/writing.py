"""How languages are written: spaces, density, capitals; and text in the form in which it is compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"

UNSPACED = re.compile(f"[{_UNSPACED}]")
"""A character of a script without spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""

UNSPACED_LANGUAGES = frozenset({"zh", "ja", "th", "lo", "my", "km"})

WORD_OR_CHARACTER = re.compile(rf"[{_UNSPACED}]|\w+")
"""One character is a word in scripts without spaces."""

DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""A character of a script in which two of them are a word as a rule: Han, kana, Hangul."""

DENSE_LANGUAGES = frozenset({"zh", "ja", "ko"})

CASELESS_LANGUAGES = frozenset({"zh", "ja", "ko", "ar", "he", "fa", "hi", "th"})
"""Names can't be told by a capital there."""


def first_words(pattern: re.Pattern[str], text: str, limit: int) -> list[str]:
    """The first `limit` matches of a pattern that no space is a part of; little more of the text is searched."""
    enough = max(0, text.rfind(" ", 0, 7 * limit))
    found = pattern.findall(text, 0, enough)
    if len(found) < limit:
        found += pattern.findall(text, enough)
    return found[:limit]


def character_pairs(run: str) -> Iterator[str]:
    """Overlapping pairs of characters: the usual stand-in for words in scripts without spaces."""
    yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))


def folded(text: str) -> str:
    """Without case, accents and typographic apostrophes: what is equal then is written the same for a reader."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).replace("’", "'")
