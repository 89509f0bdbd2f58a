"""Whether the words that a person typed stand in a text, whatever their case and accents."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.domain.writing import UNSPACED, folded

_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters that Unicode doesn't take apart, but people type without their stroke."""


def searchable(text: str) -> str:
    """Words in lower case without accents, each after a space: ` uber` finds `Überschwemmung`."""
    words = "".join(c if c.isalnum() else " " for c in folded(text).translate(_STROKES)).split()
    return "".join(f" {word}" for word in words)


def finds(query: str) -> Callable[[str], bool]:
    """Whether each word of the query begins a word of a `searchable` text.

    In scripts that write words without spaces it may stand anywhere.
    """
    needles = [term if UNSPACED.search(term) else f" {term}" for term in searchable(query).split()]
    return lambda text: all(needle in text for needle in needles)
