"""Text as articles carry it: no markup, no control characters, tidy white space."""

from __future__ import annotations

import re

from w3lib.html import remove_comments, remove_tags_with_content, replace_entities, replace_tags

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""Control characters, lone surrogates, direction overrides (they let a title pose as another) and
non-characters. Joiners stay: Persian and the Indic scripts need them."""

_EDGES = re.compile(r"[ \t\u00a0]*\n[ \t\u00a0]*")
_SPACES = re.compile(r"[ \t\u00a0]+")
_BLANK_LINES = re.compile(r"\n{3,}")

_HIDDEN = ("script", "style", "template", "noscript", "iframe", "svg", "object", "head")
_LINE = re.compile(r"<br\b[^>]*>", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:p|div|li|ul|ol|dl|dt|dd|tr|table|section|article|header|footer|aside|main|figure|figcaption|"
    r"blockquote|pre|hr|h[1-6])\b[^>]*>",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<[a-zA-Z/!][^<>]*>")
_UNCLOSED = re.compile(r"<(?:[a-zA-Z/][\w:-]*(?:\s[^<>]*)?|!--[^<>]*)$")
"""A tag that was cut off: summaries are often shortened in the middle of their markup."""


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
    if _MARKUP.search(html) or _UNCLOSED.search(html):
        html = remove_comments(remove_tags_with_content(html, _HIDDEN))
        html = _BLOCK.sub("\n\n", _LINE.sub("\n", _SPACES.sub(" ", html)))
        html = _UNCLOSED.sub("", replace_tags(html))
    text = clean_text(replace_entities(html))
    return _BLANK_LINES.sub("\n\n", _EDGES.sub("\n", _SPACES.sub(" ", text))).strip()


def html_to_line(html: str) -> str:
    """The readable text of HTML on one line; for titles."""
    return clean_line(html_to_text(html))
