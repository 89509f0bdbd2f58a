"""From an archived page to its article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import structlog
import trafilatura
from lxml import html as lxml_html
from trafilatura.settings import Document

from pipeline.domain.outlets import registrable_domain
from pipeline.domain.records.article import TITLE_CHARS, Article
from pipeline.domain.records.dates import read_date
from pipeline.domain.records.parse import InvalidArticle, article_from
from pipeline.domain.writing import UNSPACED
from pipeline.json_codec import from_json
from producers.backfill.archive import Page
from producers.html_page import without_title

log = structlog.get_logger(__name__)

MIN_WORDS = 50
"""A page with less text is no article: a front page, a video, a wall."""
MIN_UNSPACED = 100
"""The same for scripts without spaces, in characters."""
MAX_TEXT_CHARS = 100_000
_PUBLISHED = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//time[@itemprop='datePublished']/@datetime",
)
_JSON_LD = "//script[@type='application/ld+json']/text()"
_CERTAIN_DATES = {"extensive_search": False, "original_date": True}
"""Only what the markup says; a date that stands somewhere in the text may be any."""


def article_of(page: Page) -> Article | None:
    """The article, None where the page is none or its date is unknown: it would stand in today's stories."""
    try:
        document = trafilatura.bare_extraction(
            page.html,
            url=page.url,
            include_comments=False,
            include_tables=False,
            with_metadata=True,
            date_extraction_params=dict(_CERTAIN_DATES),
        )
        published = _published(page.html)
    except Exception:
        # A mistake of a library in one page must not end the backfill.
        log.exception("page not understood", page=page.url)
        return None
    return _article(page, document, published) if isinstance(document, Document) else None


def _article(page: Page, document: Document, published: str | None) -> Article | None:
    title, text, published = document.title or "", document.text or "", published or document.date
    text = without_title(text, title)
    if not title or not published or not _is_long(text):
        return None
    try:
        return article_from(
            {
                "title": title[:TITLE_CHARS],
                "url": _address(page.url, document.url),
                "text": text[:MAX_TEXT_CHARS],
                "published_at": published,
                "source": registrable_domain(page.url),
                "outlet": (document.sitename or "")[:200],
                "image_url": document.image,
            }
        )
    except InvalidArticle:
        return None


def _address(fetched: str, named: str | None) -> str:
    """The address that the page gives itself, where that is one of the same outlet."""
    same = named and registrable_domain(named) == registrable_domain(fetched)
    return named if named and same and named.startswith(("http://", "https://")) else fetched


def _published(html: str) -> str | None:
    """The time of publication as the page states it for machines, to the second; None where it doesn't."""
    tree = lxml_html.fromstring(html.encode("utf-8", "replace"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    stated = [date for path in _PUBLISHED for date in _strings(tree, path)]
    stated += [date for script in _strings(tree, _JSON_LD) for date in _dates_of(script)]
    return next((date for date in stated if _is_date(date)), None)


def _strings(tree: lxml_html.HtmlElement, path: str) -> list[str]:
    found = tree.xpath(path)
    return [str(each) for each in found] if isinstance(found, list) else []


def _dates_of(script: str) -> Iterator[str]:
    """Every `datePublished` of a JSON-LD script, outermost first."""
    try:
        waiting: list[Any] = [from_json(script.strip().encode("utf-8", "replace"))]
    except (ValueError, RecursionError):
        return
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, dict):
            if isinstance(date := each.get("datePublished"), str):
                yield date
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def _is_date(text: str) -> bool:
    return read_date(text) is not None


def _is_long(text: str) -> bool:
    return len(text.split()) >= MIN_WORDS or len(UNSPACED.findall(text)) >= MIN_UNSPACED
