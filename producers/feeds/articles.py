"""From a fetched document to articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from pipeline.domain.language import contradicts
from pipeline.domain.outlets import outlet_at, registrable_domain
from pipeline.domain.platforms import Kind, kind_of
from pipeline.domain.records.article import TITLE_CHARS, Article
from pipeline.domain.records.parse import InvalidArticle, article_from
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
    entries = (
        replace(each, link=_absolute(base, each.link), image=_absolute(base, each.image)) for each in feed.entries
    )
    return replace(feed, entries=tuple(entries))


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
    channel: str | None
    """Whose feed it is, where it is one of a platform."""
    language: str | None

    @classmethod
    def of(cls, feed: ParsedFeed, source: FeedSource, url: str) -> _Context:
        home = _absolute(url, feed.home)
        own = {outlet_at(address) for address in (url, source.url, home)}
        linked = {outlet_at(link) for each in feed.entries if (link := _absolute(url, each.link))}
        is_channel = kind_of(registrable_domain(url)) is Kind.PLATFORM
        if len(linked) == 1:
            own |= linked  # served from elsewhere (FeedBurner, a CDN), but all of one outlet
        return cls(
            url=url,
            domain=outlet_at(home or url),
            own_domains=frozenset(domain for domain in own if domain),
            outlet=source.outlet or feed.title,
            channel=source.outlet or (feed.title if is_channel else None),
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
    domain, outlet = _outlet(entry, link, context)
    return article_from(
        {
            "title": (entry.title or "")[:TITLE_CHARS],
            "url": link,
            # Guids are unique within their feed only.
            "id": f"{context.url}#{entry.guid}"[:2_000] if entry.guid and not link else None,
            "text": entry.text[:MAX_TEXT_CHARS],
            "published_at": entry.published_at,
            "source": domain,
            "outlet": outlet[:200] if outlet else None,
            "language": _language(entry.language) or context.language,
            "updated_at": entry.updated_at,
            "withdrawn": entry.withdrawn,
            "image_url": entry.image,
        },
        received_at=now,
    )


def _outlet(entry: FeedEntry, link: str | None, context: _Context) -> tuple[str | None, str | None]:
    """Domain and name of who published an entry, as far as they are known."""
    domain = outlet_at(link) if link else context.domain
    if domain is not None:
        # The links of an aggregator lead to others, who must not get its name.
        return domain, context.outlet if domain in context.own_domains else None
    if named := outlet_at(entry.source_url):
        return named, entry.source_name
    if context.domain is not None:
        return context.domain, context.outlet
    return None, entry.source_name or context.channel


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
