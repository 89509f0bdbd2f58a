"""From a fetched document to articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from pipeline.clustering.language import contradicts
from pipeline.outlets import registrable_domain
from pipeline.records.article import TITLE_CHARS, Article
from pipeline.records.parse import InvalidArticle, article_from
from producers.feeds.boilerplate import without_boilerplate
from producers.feeds.characters import decode_document
from producers.feeds.json_feed import looks_like_json, parse_json_feed
from producers.feeds.mojibake import without_misread_controls, without_mojibake
from producers.feeds.opml import FeedSource
from producers.feeds.parsed import FeedEntry, ParsedFeed
from producers.feeds.sitemap import looks_like_sitemap, parse_sitemap
from producers.feeds.xml_feed import parse_xml_feed

MAX_TEXT_CHARS = 100_000
"""Longer texts of feeds are cut, they are whole books or mistakes; the clusterer refuses above 200,000."""
MAX_AHEAD = timedelta(days=1)
"""A date further ahead is a mistake (or the date of the event that is announced): unknown, then."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")


@dataclass(frozen=True)
class FeedArticles:
    """The articles of one visit."""

    articles: tuple[Article, ...]
    entries: int
    """How many entries the feed has; those beyond the articles have no usable title."""


def read_feed(body: bytes, url: str, content_type: str) -> ParsedFeed:
    """Read a feed of whatever kind that came from this address. Raises FeedFormatError."""
    text = without_misread_controls(decode_document(body, content_type))
    if looks_like_json(text):
        feed = parse_json_feed(text)
    else:
        feed = parse_sitemap(text) if looks_like_sitemap(text) else parse_xml_feed(text)
    return without_boilerplate(without_mojibake(_with_absolute_links(feed, url)))


def _with_absolute_links(feed: ParsedFeed, url: str) -> ParsedFeed:
    """Links of RSS and JSON feeds are relative to the outlet's page: the feed itself may lie anywhere."""
    base = _absolute(url, feed.base) or url
    return replace(feed, entries=tuple(replace(each, link=_absolute(base, each.link)) for each in feed.entries))


def feed_articles(feed: ParsedFeed, source: FeedSource, url: str, now: datetime) -> FeedArticles:
    """The entries that are articles; `url` is where the feed came from in the end."""
    feed = _in_the_language_of(source, feed)
    context = _Context.of(feed, source, url)
    return FeedArticles(tuple(_articles(feed, context, now)), len(feed.entries))


def _in_the_language_of(source: FeedSource, feed: ParsedFeed) -> ParsedFeed:
    """The feed as if it declared what its list says."""
    if _language(source.language) is None:
        return feed
    entries = tuple(replace(each, language=None) for each in feed.entries)
    return replace(feed, language=source.language, entries=entries)


@dataclass(frozen=True)
class _Context:
    """What the feed says about all its entries."""

    url: str
    domain: str | None
    own_domains: frozenset[str]
    outlet: str | None
    language: str | None

    @classmethod
    def of(cls, feed: ParsedFeed, source: FeedSource, url: str) -> _Context:
        home = _absolute(url, feed.home)
        own = {registrable_domain(address) for address in (url, source.url, home) if address}
        linked = {registrable_domain(link) for each in feed.entries if (link := _absolute(url, each.link))}
        if len(linked) == 1:
            own |= linked  # served from elsewhere (FeedBurner, a CDN), but all of one outlet
        return cls(
            url=url,
            domain=registrable_domain(home or url),
            own_domains=frozenset(domain for domain in own if domain),
            outlet=source.outlet or feed.title,
            language=_language(feed.language),
        )


def _articles(feed: ParsedFeed, context: _Context, now: datetime) -> Iterator[Article]:
    for entry in feed.entries:
        try:
            yield _in_its_language(_article(entry, context, now))
        except InvalidArticle:
            continue  # an entry without a title; counted by the caller as the difference


def _article(entry: FeedEntry, context: _Context, now: datetime) -> Article:
    """Raises InvalidArticle where there is no title."""
    link = _absolute(context.url, entry.link) or _absolute_guid(entry.guid)
    domain = registrable_domain(link) if link else context.domain
    # The links of an aggregator lead to others, who must not get its name.
    outlet = context.outlet if domain in context.own_domains else None
    published = entry.published_at
    return article_from(
        {
            "title": (entry.title or "")[:TITLE_CHARS],
            "url": link,
            # Guids are unique within their feed only.
            "id": f"{context.url}#{entry.guid}"[:2_000] if entry.guid and not link else None,
            "text": entry.text[:MAX_TEXT_CHARS],
            "published_at": published.isoformat() if published and published <= now + MAX_AHEAD else None,
            "source": domain,
            "outlet": outlet[:200] if outlet else None,
            "language": _language(entry.language) or context.language,
            "updated_at": entry.updated_at.isoformat() if entry.updated_at else None,
            "withdrawn": entry.withdrawn,
        }
    )


def _in_its_language(article: Article) -> Article:
    """Feeds declare a language for all that they show, and some that of their software."""
    if article.language and contradicts(f"{article.title}\n{article.text}", article.language):
        return article.model_copy(update={"language": None})
    return article


def _absolute(base: str, link: str | None) -> str | None:
    """The http(s) address that a link leads to, None where it leads to no page."""
    if not link:
        return None
    try:
        url = urljoin(base, link)
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= 4_000
    except ValueError:
        return None
    return url if usable else None


def _absolute_guid(guid: str | None) -> str | None:
    """RSS guids are addresses where nothing else is said."""
    return _absolute("", guid) if guid and guid.startswith(("http://", "https://")) else None


def _language(tag: str | None) -> str | None:
    return tag if tag and len(tag) <= 35 and _LANGUAGE.fullmatch(tag) else None
