"""Text as articles carry it: no markup, no control characters, tidy white space."""

from __future__ import annotations

import re
from html import unescape

from w3lib.html import remove_comments

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u00ad\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
"""Control characters, lone surrogates, soft hyphens, direction overrides (they let a title pose as another) and
non-characters. Joiners stay: Persian and the Indic scripts need them."""

_EDGES = re.compile(r"[ \t\u00a0]*\n[ \t\u00a0]*")
_SPACES = re.compile(r"[ \t\u00a0]+")
_BLANK_LINES = re.compile(r"\n{3,}")

# Every pattern below stops at the next `<`, so that the time grows with the length whatever the markup: feeds
# hold markup that is broken, and sometimes markup that is broken on purpose.
_HIDDEN = re.compile(r"<(/?)(script|style|template|noscript|iframe|svg|object|head)\b[^<>]*>", re.IGNORECASE)
_BESIDE = re.compile(r"<(/?)(nav|menu|aside|figcaption|button|select|audio|video|canvas)\b[^<>]*>", re.IGNORECASE)
"""What stands beside the text: the way to other pages, captions, what to press."""
_LINE = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:p|div|li|ul|ol|dl|dt|dd|tr|table|section|article|header|footer|aside|main|figure|figcaption|"
    r"blockquote|pre|hr|h[1-6])\b[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"""<[a-zA-Z/!](?:[^<>"']|"[^"]*+"|'[^']*+')*+>|<[a-zA-Z/!][^<>]*>""")
_NO_CHARACTER = re.compile(r"&#(?:[0-9]{8,}|x[0-9a-f]{7,});?", re.IGNORECASE)
"""Beyond Unicode; thousands of digits would even raise in `int`."""

_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_CDATA_OPEN = "<![CDATA["
"""Not markup of HTML. It stands in texts that were escaped and wrapped, one of which would have done."""
_OPENED = re.compile(
    r"<(p|div|span|a|b|i|u|em|strong|small|h[1-6]|ul|ol|li|blockquote)(?:\s[^<>]*)?>", re.IGNORECASE
)
_CLOSED = re.compile(r"</([a-z]+[1-6]?)\s*>", re.IGNORECASE)
_ESCAPED = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|hellip|[lr][sd]quo|[mn]dash|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE
)
_MORE_ESCAPES = 2
"""Some systems escape what is escaped, some twice."""

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

    What is escaped more often than once is read as it was meant; only where HTML is in HTML (an article about
    markup), or one tag alone ("What does <br> mean?"), it stands for itself.

    Never raises, whatever the markup. Not meant for display as HTML: the result may hold a `<` of the text.
    """
    html = _without_cdata(html)
    text, is_markup = _readable(html), _has_markup(html)
    for _ in range(_MORE_ESCAPES):
        if not is_markup and _has_pair(text):
            text, is_markup = _readable(_without_cdata(text)), True
        elif _ESCAPED.search(text):
            text = _tidy(_ESCAPED.sub(lambda escaped: _entities(escaped[0]), text))
    return text


def plain_to_line(text: str) -> str:
    """One line of text that is not HTML, but in which entities were left by mistake, as feeds often do."""
    text = _entities(_without_cdata(text))
    for _ in range(_MORE_ESCAPES):
        text = _ESCAPED.sub(lambda escaped: _entities(escaped[0]), text)
    return clean_line(text)


def html_to_line(html: str) -> str:
    """The readable text of HTML on one line; for titles."""
    return clean_line(html_to_text(html))


def _without_cdata(html: str) -> str:
    if _CDATA_OPEN in html:
        html = html.rstrip().removesuffix("]]")  # all that is left of the inner end, where one is in another
    return _CDATA.sub("", html)


def _readable(html: str) -> str:
    """The text of HTML, whose entities are read once."""
    html = clean_text(html)
    if _has_markup(html):
        html = _without_beside(_without_hidden(remove_comments(html)))
        html = _BLOCK.sub("\n\n", _CELL.sub(" ", _LINE.sub("\n", " ".join(html.split()))))
        html = _CUT_OFF.sub("", _TAG.sub("", html))
    return _tidy(_entities(html))


def _tidy(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", _EDGES.sub("\n", _SPACES.sub(" ", clean_text(text)))).strip()


def _has_markup(html: str) -> bool:
    return bool(_TAG.search(html) or _CUT_OFF.search(html))


def _has_pair(text: str) -> bool:
    """Whether a tag that is opened is closed as well: then it is markup, and not a word about it."""
    opened = {each.lower() for each in _OPENED.findall(text)}
    return bool(opened) and not opened.isdisjoint(each.lower() for each in _CLOSED.findall(text))


def _entities(text: str) -> str:
    return unescape(_NO_CHARACTER.sub("", text))


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


def _without_beside(html: str) -> str:
    """The HTML without what stands beside its text; what is never closed may be the text itself, and stays."""
    kept: list[str] = []
    start, opened, beside = 0, 0, ""
    for tag in _BESIDE.finditer(html):
        closing, name = tag[1], tag[2].lower()
        if not beside and not closing and not tag[0].endswith("/>"):
            opened, beside = tag.start(), name
        elif beside == name and closing:
            kept.append(html[start:opened] + "<p>")
            start, beside = tag.end(), ""
    return "".join(kept) + html[start:]
