"""Running text to sentences.

Rule-based, in the manner of Kiss and Strunk's Punkt (2006) but with shipped abbreviations in place of
learned ones: a full stop ends a sentence unless it closes an abbreviation, an initial, an ordinal or a
number; after an abbreviation that can also end a sentence (`U.S.`) the next word decides. No boundary
stands inside quotation marks.

Limits: Thai and other scripts without sentence marks come back as one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.domain.story.language.lexicons import Lexicon, lexicon

MAX_QUOTE_CHARS = 600
"""An open quotation mark is given up as a slip after this much text."""

_CLOSERS = '"”’»)\\]“'
_END = re.compile(
    rf"(?:[.!?…]+|[。！？])[{_CLOSERS}」』）]*(?=\s|$)|[。！？]+[」』”）]*|[؟۔][{_CLOSERS}]*(?=\s|$)"
)
_LAST_WORD = re.compile(r"([^\s\"“„«(\[]+)$")
_NEXT_WORD = re.compile(r"\s*[\"“„«»‘'(\[¿¡—–-]*\s*([^\s.,;:!?\"”»]+)")
_ACRONYM = re.compile(r"^(?:[^\W\d_]\.)+[^\W\d_]?$")
_DOUBLE_MARKS = re.compile('["“”„«»「」『』]')


def sentences(text: str, language: str) -> list[str]:
    """The sentences of one paragraph, with their end marks; a last one without an end mark included."""
    words = lexicon(language)
    found: list[str] = []
    start = 0
    for end in _ends(text, words):
        piece = text[start:end]
        if _inside_quote(piece) and len(piece) < MAX_QUOTE_CHARS:
            continue
        found.append(piece.strip())
        start = end
    if rest := text[start:].strip():
        found.append(rest)
    return [sentence for sentence in found if sentence]


def _ends(text: str, words: Lexicon) -> Iterator[int]:
    for mark in _END.finditer(text):
        if _is_boundary(text, mark, words):
            yield mark.end()


def _is_boundary(text: str, mark: re.Match[str], words: Lexicon) -> bool:
    following = _NEXT_WORD.match(text, mark.end())
    if following is None or mark.group()[0] in "。！？؟۔":
        return True
    after = following.group(1)
    if after[0].islower():
        # `"Stop!" he cried` and `approx. ten` go on.
        return False
    if mark.group()[0] != "." or mark.group().startswith(".."):
        return True
    before = _LAST_WORD.search(text, max(0, mark.start() - 40), mark.start())
    return before is None or not _goes_on(before.group(1), after, words)


def _goes_on(before: str, after: str, words: Lexicon) -> bool:
    """Whether the full stop after `before` is part of it and the sentence goes on with `after`."""
    lower = before.casefold()
    opens = after.casefold() in words.openers
    if before.isdigit():
        # German ordinals: `am 15. August`; elsewhere a number can end a sentence.
        return words.language == "de" and len(before) <= 2 and not opens
    if len(before) == 1 and before.isalpha():
        # An initial (`J. Smith`); `Vitamin C. The ...` ends.
        return not opens or before.islower()
    if _ACRONYM.match(before + "."):
        return not opens
    if lower in words.abbreviations:
        return not opens
    return False


def _inside_quote(piece: str) -> bool:
    return len(_DOUBLE_MARKS.findall(piece)) % 2 == 1
