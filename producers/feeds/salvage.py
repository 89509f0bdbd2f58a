"""Runs feedparser, which raises at some elements that it does not expect: then only their items are lost."""

from __future__ import annotations

import io
import re
from typing import Any

import feedparser
import structlog

from producers.feeds.parsed import FeedFormatError

log = structlog.get_logger(__name__)

MAX_TRIES = 100
"""Documents that one feed may be cut into. Enough for a dozen bad items among a thousand."""
_ITEM = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
"""Where one begins. Its end may be missing; the next one's beginning ends it too."""


def parse_document(text: str) -> Any:
    """What feedparser makes of a document. Raises FeedFormatError where it makes nothing of any part."""
    try:
        return _parse(text)
    except Exception as error:  # whatever a library trips over
        begins = [each.start() for each in _ITEM.finditer(text)]
        items = [text[one:other] for one, other in zip(begins, [*begins[1:], len(text)], strict=True)]
        salvage = _Salvage(text[: begins[0]] if begins else "")
        salvage.read(items)
        if salvage.document is None:
            raise FeedFormatError(f"no RSS, Atom or JSON feed that can be read: {error!r}") from error
        log.warning("items that can't be read are left out", items=salvage.lost, of=len(items), error=repr(error))
        return salvage.document


class _Salvage:
    """Halves a list of items until what breaks the reader stands alone."""

    def __init__(self, head: str) -> None:
        self.document: Any = None
        """Of what the first part that can be read says of the feed, with the entries of all such parts."""
        self.lost = 0
        self._head = head
        self._tries = 0

    def read(self, items: list[str]) -> None:
        self._tries += 1
        try:
            found = _parse(self._head + "".join(items)) if self._tries <= MAX_TRIES else None
        except Exception:  # as above
            middle = len(items) // 2
            if middle:
                self.read(items[:middle])
                self.read(items[middle:])
                return
            found = None
        if found is None:
            self.lost += len(items)
        elif self.document is None:
            self.document = found
        else:
            self.document.entries.extend(found.entries)


def _parse(text: str) -> Any:
    # As a file object: given bytes, feedparser would first try them as an address and as a file's name.
    return feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        # These two work on the HTML of the entries, of which we keep the text only.
        resolve_relative_uris=False,
        sanitize_html=False,
    )
