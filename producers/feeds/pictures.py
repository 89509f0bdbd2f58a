"""The picture of an entry, of those that its feed names."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

LEAST_WIDTH = 100
"""In pixels, where the feed says it; what is smaller is a counter or a button."""

_NO_PICTURES = re.compile(r"https?://([\w-]+\.)*gravatar\.com/|\.svgz?(?:$|[?#])", re.IGNORECASE)
"""WordPress names the face of the author first. A drawing in SVG is a logo, and is not shown."""


def picture_of(entry: Mapping[str, Any]) -> str | None:
    """The picture of an entry of RSS or Atom, as feedparser has it; None where it has none.

    The widest of Media RSS (`media:content`, else `media:thumbnail`); else the first enclosure that is one; else
    that of a podcast (`itunes:image`).
    """
    found = (_widest(each) for each in (_media(entry), _thumbnails(entry), _enclosures(entry), _itunes(entry)))
    return next((each for each in found if each), None)


def _widest(pictures: Iterator[tuple[str, int | None]]) -> str | None:
    """The first of the widest; of those that say nothing the first."""
    usable = [
        (width or 0, url)
        for url, width in pictures
        if not _NO_PICTURES.search(url) and (width is None or width >= LEAST_WIDTH)
    ]
    return max(usable, key=lambda each: each[0])[1] if usable else None


def _media(entry: Mapping[str, Any]) -> Iterator[tuple[str, int | None]]:
    for each in _parts(entry, "media_content"):
        url = each.get("url")
        medium = each.get("medium")
        if url and (medium == "image" or (not medium and _is_image(each.get("type"), url))):
            yield url, _width(each)


def _thumbnails(entry: Mapping[str, Any]) -> Iterator[tuple[str, int | None]]:
    yield from ((each["url"], _width(each)) for each in _parts(entry, "media_thumbnail") if each.get("url"))


def _enclosures(entry: Mapping[str, Any]) -> Iterator[tuple[str, int | None]]:
    for each in _parts(entry, "enclosures"):
        url = each.get("href") or each.get("url")
        if url and _is_image(each.get("type"), url):
            yield url, None


def _itunes(entry: Mapping[str, Any]) -> Iterator[tuple[str, int | None]]:
    image = entry.get("image")
    url = image.get("href") if isinstance(image, Mapping) else None
    if isinstance(url, str) and url.strip():
        yield url.strip(), None


def _parts(entry: Mapping[str, Any], name: str) -> Iterator[dict[str, str]]:
    """Attributes of elements that may be repeated, those that are text."""
    for each in entry.get(name) or ():
        if isinstance(each, Mapping):
            yield {key: value.strip() for key, value in each.items() if isinstance(value, str)}


def _is_image(media_type: str | None, url: str) -> bool:
    """By its type; by its name where there is none."""
    if not media_type:
        try:
            media_type = mimetypes.guess_type(urlsplit(url).path)[0]
        except ValueError:
            return False
    return (media_type or "").lower().startswith("image/")


def _width(part: Mapping[str, str]) -> int | None:
    width = re.match(r"[0-9]{1,5}", part.get("width", ""))
    return int(width[0]) if width else None
