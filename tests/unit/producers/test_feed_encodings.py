"""Feeds with characters that don't exist, or with something before their beginning."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime

import pytest

from pipeline.records.article import Article
from producers.feeds.articles import feed_articles, read_feed
from producers.feeds.opml import FeedSource

URL = "https://www.example.com/feed"


def articles(body: str | bytes) -> list[Article]:
    document = body if isinstance(body, bytes) else body.encode()
    feed = read_feed(document, URL, "application/xml")
    return list(feed_articles(feed, FeedSource(URL, None), URL, datetime(2025, 8, 15, tzinfo=UTC)).articles)


def rss(*titles: str, rest: str = "", encoding: str = "utf-8") -> str:
    items = "".join(f"<item><title>{title}</title>{rest}</item>" for title in titles)
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'
    return f'{declaration}<rss version="2.0"><channel><title>Example</title>{items}</channel></rss>'


def json_feed(*titles: str, rest: str = "") -> str:
    items = ",".join(f'{{"title": "{title}"{rest}}}' for title in titles)
    return f'{{"version": "https://jsonfeed.org/version/1.1", "title": "Example", "items": [{items}]}}'


@pytest.mark.parametrize("pair", ["&#xD83C;&#xDF89;", "&#xd83c;&#57225;", "&#55356;&#57225;"])
def test_two_numeric_surrogates_are_one_character(pair: str) -> None:
    assert [each.title for each in articles(rss(f"Party {pair} tonight"))] == ["Party 🎉 tonight"]


BAD = [
    "&#xD83C;",
    "&#xDF89;",
    "&#55356;",
    "&#x110000;",
    "&#99999999999;",
    "&#" + "9" * 5_000 + ";",
    "&#0;",
    "&#xD83C",
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad[:12])
def test_a_number_that_is_no_character_costs_nothing_else(bad: str) -> None:
    titles = [each.title for each in articles(rss("Good one", f"Bad {bad} one", "Third one"))]
    assert titles == ["Good one", "Bad \ufffd one", "Third one"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_also_in_utf_16(encoding: str) -> None:
    body = ("\ufeff" + rss("Good one", "Bad &#x110000; one", encoding="utf-16")).encode(encoding)
    assert [each.title for each in articles(body)] == ["Good one", "Bad \ufffd one"]


def test_texts_and_links_are_mended_too() -> None:
    rest = (
        "<link>https://www.example.com/a&#xD83C;</link><description>At &#xD83C;&#xDF89; ten &#xDF89;</description>"
    )
    (article,) = articles(rss("Party", rest=rest))
    assert article.text == "At 🎉 ten \ufffd"
    assert article.url is not None
    assert article.url.startswith("https://www.example.com/a")


def test_references_to_characters_stay() -> None:
    title = "A &#x41; &#38;amp; &#00066; &#x1F389; &amp;# &#x10FFFD;"
    assert [each.title for each in articles(rss(title))] == ["A A & B 🎉 &# \U0010fffd"]


@pytest.mark.parametrize("before", ["\n", " \r\n\n"])
def test_a_blank_line_does_not_hide_the_declared_encoding(before: str) -> None:
    body = (before + rss("Мэр открыл мост", encoding="windows-1251")).encode("windows-1251")
    assert [each.title for each in articles(body)] == ["Мэр открыл мост"]


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf\n", b"\n\xef\xbb\xbf", codecs.BOM_UTF8 * 2])
def test_byte_order_marks_and_blank_lines_may_come_first(before: bytes) -> None:
    assert [each.title for each in articles(before + rss("Café “naïve”").encode())] == ["Café “naïve”"]


@pytest.mark.parametrize("lone", [r"\ud83c", r"\uDF89", r"\ud83c\ud83c", r"\udf89\ud83c"])
def test_a_lone_surrogate_in_json_is_dropped(lone: str) -> None:
    rest = rf', "url": "https://www.example.com/{lone}a", "content_text": "Lights{lone}."'
    first, second = articles(json_feed(f"Night {lone} fair", r"Party \ud83c\udf89", rest=rest))
    assert (first.title, first.text, first.url) == ("Night fair", "Lights.", "https://www.example.com/a")
    assert second.title == "Party 🎉"


def test_an_escaped_backslash_in_json_starts_no_surrogate() -> None:
    assert [each.title for each in articles(json_feed(r"Path \\ud83c here"))] == [r"Path \ud83c here"]
