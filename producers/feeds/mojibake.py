"""Letters that the outlet itself read in a wrong encoding before it wrote them down: `CafÃ©` for `Café`.

ftfy undoes it only where hardly anything else can be meant, and piece by piece: often one field is broken alone.
"""

from __future__ import annotations

import re
from dataclasses import replace

from ftfy import TextFixerConfig, fix_text

from producers.feeds.parsed import FeedEntry, ParsedFeed

_LETTERS_ONLY = TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    fix_line_breaks=False,
    fix_surrogates=False,
    remove_control_chars=False,
    normalization=None,
    explain=False,
)
_CONTROLS = re.compile("[\x80-\x9f]")
_PIECE = re.compile(r'[^<>"]+')


def without_misread_controls(document: str) -> str:
    """The document without letters that were misread as control characters, which are dropped later on."""
    return _PIECE.sub(_mended_piece, document) if _CONTROLS.search(document) else document


def _mended_piece(piece: re.Match[str]) -> str:
    return fix_text(piece[0], _LETTERS_ONLY) if _CONTROLS.search(piece[0]) else piece[0]


def without_mojibake(feed: ParsedFeed) -> ParsedFeed:
    """The feed with the letters that were meant, also where they were written as entities."""
    return replace(feed, title=_mended(feed.title), entries=tuple(_entry(each) for each in feed.entries))


def _entry(entry: FeedEntry) -> FeedEntry:
    return replace(entry, title=_mended(entry.title), text=fix_text(entry.text, _LETTERS_ONLY))


def _mended(line: str | None) -> str | None:
    return fix_text(line, _LETTERS_ONLY) if line else line
