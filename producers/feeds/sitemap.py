"""News sitemaps: what outlets tell search engines of the last two days, often more than their feeds show.

https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap. They hold no text.

Limit: an index of sitemaps is refused; its sitemaps are listed as feeds one by one.
"""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree

from pipeline.domain.text import plain_to_line
from producers.feeds.parsed import FeedEntry, FeedFormatError, ParsedFeed

_ROOT = re.compile(r"(?:[^<]+|<!--.*?-->|<[?!](?!--)[^>]*>)*+<(?:[\w.-]+:)?(urlset|sitemapindex)[\s>]", re.DOTALL)
"""The first element: an article may tell of sitemaps further on."""
_ROOT_WITHIN = 2_000


def looks_like_sitemap(text: str) -> bool:
    """Whether the document is a sitemap of whatever kind."""
    return _ROOT.match(text, 0, _ROOT_WITHIN) is not None


def parse_sitemap(text: str) -> ParsedFeed:
    """Read a news sitemap. Raises FeedFormatError."""
    root = _root(text)
    if _name(root) == "sitemapindex":
        raise FeedFormatError("an index of sitemaps: list its news sitemaps as feeds instead")
    pages = [_fields(each) for each in root if _name(each) == "url"]
    news = [each for each in pages if "title" in each]
    if pages and not news:
        raise FeedFormatError("a sitemap without news: none of its pages has a news:title")
    names = Counter(each["name"] for each in news if "name" in each)
    return ParsedFeed(
        title=plain_to_line(names.most_common(1)[0][0]) if names else None,
        entries=tuple(_entry(each) for each in news),
    )


def _root(text: str) -> etree._Element:
    # Entities stand for other documents or for themselves a million times; a sitemap needs none.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, encoding="utf-8")
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise FeedFormatError(f"no RSS, Atom, JSON feed or sitemap: {error}") from None
    if root is None:
        raise FeedFormatError("no RSS, Atom, JSON feed or sitemap: nothing in it can be read")
    return root


def _fields(page: etree._Element) -> dict[str, str]:
    """The texts of one page by their elements' names, the first of each; of its pictures the address alone."""
    fields: dict[str, str] = {}
    for child in page:
        if _name(child) == "news":
            for element in child.iter():
                fields.setdefault(_name(element), (element.text or "").strip())
        elif _name(child) == "image":
            locations = ((each.text or "").strip() for each in child if _name(each) == "loc")
            fields.setdefault("image", next(locations, ""))
        else:
            fields.setdefault(_name(child), (child.text or "").strip())
    return {name: value for name, value in fields.items() if value}


def _entry(fields: dict[str, str]) -> FeedEntry:
    return FeedEntry(
        title=plain_to_line(fields["title"]) or None,
        link=fields.get("loc"),
        published_at=fields.get("publication_date"),
        language=fields.get("language"),
        updated_at=fields.get("lastmod"),
        image=fields.get("image"),
    )


def _name(element: etree._Element) -> str:
    """Without its namespace; comments and the like have none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
