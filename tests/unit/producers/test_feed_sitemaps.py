"""News sitemaps, read and visited like feeds."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.records.article import Article
from producers.feeds.articles import feed_articles, read_feed
from producers.feeds.fetch import NO_VALIDATORS, Answer, Failed, Fetched, fetch, make_client
from producers.feeds.opml import FeedSource
from producers.feeds.parsed import FeedFormatError
from tests.unit.producers.feed_server import Reply, feed_server

URL = "https://www.example.com/sitemap-news.xml"
NOW = datetime(2026, 3, 4, tzinfo=UTC)
NEWS = 'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
SITEMAP = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {NEWS}
  xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">%s</urlset>"""
PAGE = """<url><loc> https://www.example.com/ferry?a=1&amp;b=2 </loc><lastmod>2026-03-03T15:00:00Z</lastmod>
  <image:image><image:loc>https://www.example.com/p.jpg</image:loc><image:title>A ship</image:title></image:image>
  <n:news><n:publication><n:name>Example Times</n:name><n:language>en</n:language></n:publication>
  <n:publication_date>2026-03-03T14:05:00+02:00</n:publication_date>
  <n:title>Ferry &amp;amp; <![CDATA[storm]]> “meet”</n:title><n:keywords>sea</n:keywords></n:news></url>"""


def articles(document: str) -> list[Article]:
    feed = read_feed(document.encode(), URL, "application/xml")
    return list(feed_articles(feed, FeedSource(URL), URL, NOW).articles)


def test_a_page_of_a_news_sitemap_becomes_an_article() -> None:
    assert articles(SITEMAP % PAGE) == [
        Article(
            title="Ferry & storm “meet”",
            url="https://www.example.com/ferry?a=1&b=2",
            published_at=datetime(2026, 3, 3, 12, 5, tzinfo=UTC),
            published_raw="2026-03-03T14:05:00+02:00",
            updated_at=datetime(2026, 3, 3, 15, 0, tzinfo=UTC),
            source="example.com",
            outlet="Example Times",
            language="en",
            image_url="https://www.example.com/p.jpg",
        )
    ]


def test_pages_that_are_no_news_are_left_out_and_an_ill_formed_end_costs_nothing_before_it() -> None:
    other = "<url><loc>https://www.example.com/about</loc></url>"
    document = (SITEMAP % (other + PAGE)).removesuffix("</urlset>") + "<url><loc>https://www.exa"
    assert [each.title for each in articles(document)] == ["Ferry & storm “meet”"]


def test_a_sitemap_whose_news_have_all_grown_old_is_an_empty_feed() -> None:
    assert articles(SITEMAP % "") == []


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (SITEMAP % "<url><loc>https://www.example.com/about</loc></url>", "a sitemap without news"),
        ("<sitemapindex><sitemap><loc>https://www.example.com/a.xml</loc></sitemap></sitemapindex>", "an index"),
    ],
)
def test_other_sitemaps_say_what_they_are(document: str, said: str) -> None:
    with pytest.raises(FeedFormatError, match=said):
        articles(document)


def test_entities_that_grow_or_name_files_are_not_expanded() -> None:
    entities = (
        '<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    )
    document = (SITEMAP % PAGE.replace("storm", "x]]>&b;&f;<![CDATA[")).replace("<!-- made by hand -->", entities)
    assert not any("aaa" in each.title or "root" in each.title for each in articles(document))


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_format_error(body: bytes) -> None:
    with contextlib.suppress(FeedFormatError):
        read_feed(b"<urlset><url>" + body, URL, "")


@pytest.mark.parametrize("spare", [0, -1])
def test_a_packed_sitemap_is_unpacked_up_to_the_bound(spare: int) -> None:
    document = (SITEMAP % PAGE).encode()

    async def visit(url: str) -> Answer:
        async with make_client("test", 5, 1, [ip_network("127.0.0.0/8")]) as client:
            return await fetch(client, url, NO_VALIDATORS, timeout_s=5, max_bytes=len(document) + spare)

    with feed_server() as server:
        server.replies["/news.xml.gz"] = Reply(gzip.compress(document), headers={"Content-Type": "a/gzip"})
        answer = asyncio.run(visit(f"{server.url}/news.xml.gz"))
    if spare < 0:
        assert isinstance(answer, Failed)
    else:
        assert isinstance(answer, Fetched)
        assert answer.body == document
