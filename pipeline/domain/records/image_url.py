"""Addresses of the pictures that outlets name for their articles."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pipeline.domain.text import clean_line

IMAGE_URL_CHARS = 2_000
"""Longest address kept; a longer one is a picture inside an address, or a mistake."""

_WEB = re.compile(r"https?://", re.IGNORECASE)
_WHITE = re.compile(r"\s")


def image_url(value: object) -> str | None:
    """The http(s) address as it was given, None where the value is none that may be fetched.

    It is not made canonical, as an article's address is to tell articles apart: resizers sign the parameters of
    theirs. One that brings a user or a password is none, because whoever fetches it would send them.
    """
    if not isinstance(value, str) or len(value) > 2 * IMAGE_URL_CHARS:
        return None
    url = clean_line(value)
    if not _WEB.match(url) or _WHITE.search(url) or len(url) > IMAGE_URL_CHARS:
        return None
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return None
    return url if usable else None
