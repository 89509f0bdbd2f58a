"""Whatever bytes a server sends, the reader of feeds gives entries or says that it is no feed."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from producers.feeds.articles import feed_articles, read_feed
from producers.feeds.opml import FeedSource
from producers.feeds.parsed import FeedFormatError

URL = "https://feeds.example.net/news"
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
SOURCE = FeedSource(url=URL)

PARTS = [
    b"<?xml version='1.0' encoding='Shift_JIS'?>", b"<?xml version='1.0'?>", b"\xef\xbb\xbf", b"\xff\xfe",
    b"\x00", b"<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'>", b"<channel>", b"<item>",
    b"<title>", b"Ferry", b"</title>", b"<link>", b"http://[", b"//x", b"</link>", b"<guid>", b"</guid>",
    b"<description>", b"<![CDATA[", b"]]>", b"</description>", b"<media:description>", b"<pubDate>",
    b"Tue, 99 Foo 2026 25:61 XYZ", b"</pubDate>", b"</item>", b"</channel>", b"</rss>",
    b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry>", b"<updated>", b"9" * 30, b"</updated>",
    b"<content type='xhtml'>", b"</entry>", b"</feed>", b"&#xD83C;", b"&#x110000;", b"&#99999999999;",
    b"&bogus;", b"&", b"<", b"\xe9", b"\x81", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"<urlset>",
    b"<url>", b"<loc>", b'{"version": "https://jsonfeed.org/version/1", "items": [',
    b'{"title": "\\ud800", "url": 7}', b", ", b"null", b"]}",
]  # fmt: skip
CONTENT_TYPES = ["", "text/xml", "application/json", "text/xml; charset=utf-16", "text/html; charset=nonsense"]


def read(body: bytes, content_type: str) -> None:
    try:
        feed = read_feed(body, URL, content_type)
    except FeedFormatError:
        return
    found = feed_articles(feed, SOURCE, URL, NOW)
    assert len(found.articles) <= found.entries == len(feed.entries)


@given(st.binary(max_size=300), st.sampled_from(CONTENT_TYPES))
def test_any_bytes_are_a_feed_or_no_feed(body: bytes, content_type: str) -> None:
    read(body, content_type)


@given(st.lists(st.sampled_from(PARTS), max_size=40).map(b"".join), st.sampled_from(CONTENT_TYPES))
def test_parts_of_feeds_in_any_order_are_a_feed_or_no_feed(body: bytes, content_type: str) -> None:
    read(body, content_type)


@given(st.lists(st.sampled_from(PARTS), max_size=12).map(b"".join))
def test_nothing_in_one_item_costs_the_items_before_it(inside: bytes) -> None:
    first = b"<item><title>Ferry runs aground</title></item>"
    body = b"<rss version='2.0'><channel>" + first + b"<item><title>" + inside
    feed = read_feed(body, URL, "text/xml; charset=utf-8")
    titles = [each.title for each in feed_articles(feed, SOURCE, URL, NOW).articles]
    assert "Ferry runs aground" in titles
