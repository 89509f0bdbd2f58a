"""What all producers that read HTML pages need: their markup, and their text without their title."""

from __future__ import annotations

import chardetng_py
from w3lib.encoding import html_to_unicode

from pipeline.domain.text import clean_line

_HTML = ("text/html", "application/xhtml+xml")


def is_html(content_type: str) -> bool:
    """By what the server says."""
    return content_type.partition(";")[0].strip().lower() in _HTML


def html_of(body: bytes, content_type: str) -> str:
    """The markup, in the encoding that a browser would take. Never raises."""
    _encoding, html = html_to_unicode(content_type, body, auto_detect_fun=_guess)
    return str(html)


def without_title(text: str, title: str) -> str:
    """The text of a page's article, which often begins with its headline."""
    first, _, rest = text.partition("\n")
    return rest.lstrip() if clean_line(first).casefold() == clean_line(title).casefold() else text


def _guess(body: bytes) -> str:
    return str(chardetng_py.detect(body, allow_utf8=True))
