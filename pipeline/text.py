"""Text as articles carry it: no markup, no control characters, tidy white space."""

from __future__ import annotations

import re

from w3lib.html import remove_comments, replace_entities

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""Control characters, lone surrogates, direction overrides (they let a title pose as another) and
non-characters. Joiners stay: Persian and the Indic scripts need them."""

_EDGES = re.compile(r"[ \t\u00a0]*\n[ \t\u00a0]*")
_SPACES = re.compile(r"[ \t\u00a0]+")
_BLANK_LINES = re.compile(r"\n{3,}")

# Every pattern below stops at the next `<`, so that the time grows with the length whatever the markup: feeds
# hold markup that is broken, and sometimes markup that is broken on purpose.
_HIDDEN = re.compile(r"<(/?)(script|style|template|noscript|iframe|svg|object|head)\b[^<>]*>", re.IGNORECASE)
_LINE = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:p|div|li|ul|ol|dl|dt|dd|tr|table|section|article|header|footer|aside|main|figure|figcaption|"
    r"blockquote|pre|hr|h[1-6])\b[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"""<[a-zA-Z/!](?:[^<>"']|"[^"]*+"|'[^']*+')*+>|<[a-zA-Z/!][^<>]*>""")
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{8,}|x[0-9a-f]{7,});?", re.IGNORECASE)
"""Beyond Unicode; thousands of digits would even raise in `int`."""

_CUT_OFF = re.compile(r"<(?:[a-zA-Z/][\w:-]*(?:\s[^<>]*)?|!--[^<>]*)$")
"""Summaries are often shortened in the middle of their markup."""


def clean_line(text: str) -> str:
    """One line: unprintable characters dropped, every run of white space one space."""
    return " ".join(_UNPRINTABLE.sub("", _BREAKS.sub(" ", text)).split())


def clean_text(text: str) -> str:
    """Unprintable characters dropped and line ends made `\\n`; everything else as it was."""
    return _UNPRINTABLE.sub("", _BREAKS.sub("\n", text)).strip()


def html_to_text(html: str) -> str:
    """The readable text of HTML, paragraphs apart. Plain text comes back as it is, tidied.

    Never raises, whatever the markup. Not meant for display as HTML: the result may hold a `<` of the text.
    """
    html = clean_text(html)
    if _TAG.search(html) or _CUT_OFF.search(html):
        html = _without_hidden(remove_comments(html))
        html = _BLOCK.sub("\n\n", _LINE.sub("\n", " ".join(html.split())))
        html = _CUT_OFF.sub("", _TAG.sub("", html))
    text = clean_text(_entities(html))
    return _BLANK_LINES.sub("\n\n", _EDGES.sub("\n", _SPACES.sub(" ", text))).strip()


def plain_to_line(text: str) -> str:
    """One line of text that is not HTML, but in which entities were left by mistake, as feeds often do."""
    return clean_line(_entities(text))


def html_to_line(html: str) -> str:
    """The readable text of HTML on one line; for titles."""
    return clean_line(html_to_text(html))


def _entities(text: str) -> str:
    return replace_entities(_NO_CHARACTER.sub("", text))


def _without_hidden(html: str) -> str:
    """The HTML without what no reader sees: scripts, styles, embedded documents."""
    kept: list[str] = []
    start, hidden = 0, ""
    for tag in _HIDDEN.finditer(html):
        closing, name = tag[1], tag[2].lower()
        if not hidden and not closing and not tag[0].endswith("/>"):
            kept.append(html[start : tag.start()])
            hidden = name
        elif hidden == name and closing:
            start, hidden = tag.end(), ""
    return "".join(kept) if hidden else "".join(kept) + html[start:]
