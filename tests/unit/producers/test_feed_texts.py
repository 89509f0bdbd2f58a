"""What of a feed is an article's text, and in which language it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.records.article import Article
from producers.feeds.articles import feed_articles, read_feed
from producers.feeds.opml import FeedSource

URL = "https://feeds.example.net/news/rss.xml"
TEXT = "The council approved nine kilometres of cycle lanes on Tuesday."
CAPTION = "A cyclist on Mill Lane. Photo: Pia Stone"
IMAGE = '<media:content url="https://example.com/p.jpg" medium="image">'


def articles(document: str, url: str = URL) -> list[Article]:
    feed = read_feed(document.encode(), url, "application/xml")
    return list(feed_articles(feed, FeedSource(url), url, datetime(2026, 3, 4, tzinfo=UTC)).articles)


def item(xml: str, language: str = "en", media: str = "media") -> Article:
    (article,) = articles(
        f'<rss version="2.0" xmlns:{media}="http://search.yahoo.com/mrss/"><channel><title>North Herald</title>'
        f"<link>https://www.example.com/</link><language>{language}</language>"
        f"<item><title>Council approves cycle lanes</title>{xml}</item></channel></rss>"
    )
    return article


@pytest.mark.parametrize(
    "xml",
    [
        f"<description>{TEXT}</description>{IMAGE}<media:description>{CAPTION}</media:description></media:content>",
        f"{IMAGE}<media:description>{CAPTION}</media:description></media:content><description>{TEXT}</description>",
        f"<media:description>{CAPTION * 3}</media:description><description>{TEXT}</description>",
    ],
)
def test_a_caption_never_replaces_the_text(xml: str) -> None:
    assert item(xml).text == TEXT


def test_a_caption_alone_is_no_text() -> None:
    assert item(f"{IMAGE}<media:description>{CAPTION}</media:description></media:content>").text == ""


def test_captions_are_known_by_their_namespace_whatever_its_prefix() -> None:
    xml = f"<m:description type='plain'>{CAPTION}</m:description><description>{TEXT}</description>"
    assert item(xml, media="m").text == TEXT


def test_what_describes_the_video_that_an_entry_is_is_its_text() -> None:
    video = '<media:content url="https://example.com/v" type="application/x-shockwave-flash"/>'
    xml = f"<media:group>{video}<media:description>{TEXT}</media:description></media:group>"
    assert item(xml).text == TEXT


@pytest.mark.parametrize(
    "escaped",
    [
        "&lt;![CDATA[Fish &amp; chips]]&gt;",
        "<![CDATA[<![CDATA[Fish & chips]]]]>",
        "<![CDATA[&lt;![CDATA[&lt;p&gt;Fish &amp;amp; chips&lt;/p&gt;]]&gt;]]>",
        "Fish &amp; chips",
        "Fish &amp;amp; chips",
        "Fish &amp;amp;amp; chips",
        "Fish &amp;amp;amp;amp; chips",
        "&lt;p&gt;Fish &amp;amp; chips&lt;/p&gt;",
        "&amp;lt;p&amp;gt;Fish &amp;amp; chips&amp;lt;/p&amp;gt;",
        "&amp;lt;p&amp;gt;Fish &amp;amp;amp; chips&amp;lt;/p&amp;gt;",
        "&amp;amp;lt;p&amp;amp;gt;Fish &amp;amp;amp; chips&amp;amp;lt;/p&amp;amp;gt;",
    ],
)
def test_what_is_escaped_too_often_is_read_as_it_was_meant(escaped: str) -> None:
    assert item(f"<description>{escaped}</description>").text == "Fish & chips"


def test_the_way_to_other_pages_and_captions_are_no_text() -> None:
    html = (
        "<nav><ul><li><a href='/'>Home</a></li><li>Sports</li></ul></nav>"
        f"<figure><img src='p.jpg'><figcaption>{CAPTION}</figcaption></figure><p>{TEXT}</p>"
        "<aside>Read also: something else</aside><p>Work starts in May.</p><button>Share</button>"
    )
    assert item(f"<description><![CDATA[{html}]]></description>").text == f"{TEXT}\n\nWork starts in May."


@pytest.mark.parametrize(
    "last",
    [
        "The post <a href='x'>Council approves cycle lanes</a> appeared first on <a href='y'>North Herald</a>.",
        "Der Beitrag <a>Council approves cycle lanes</a> erschien zuerst auf <a href='y'>North Herald</a>.",
        "L’article Council approves cycle lanes est apparu en premier sur North Herald.",
        "Сообщение Council approves cycle lanes появились сначала на North Herald.",
    ],
)
def test_the_paragraph_that_names_title_and_feed_is_no_text(last: str) -> None:
    assert item(f"<description><![CDATA[<p>{TEXT}</p><p>{last}</p>]]></description>").text == TEXT


@pytest.mark.parametrize(
    "last",
    [
        "The motion Council approves cycle lanes was carried.",
        "Council approves cycle lanes, says the North Herald",
        "This and more in the North Herald.",
        "When the vote named Council approves cycle lanes was over, all went home, said the North Herald.",
    ],
)
def test_a_last_paragraph_of_the_author_stays(last: str) -> None:
    assert item(f"<description><![CDATA[<p>{TEXT}</p><p>{last}</p>]]></description>").text == f"{TEXT}\n\n{last}"


def test_a_declared_language_that_the_text_contradicts_is_not_believed() -> None:
    assert item(f"<description>{TEXT}</description>", language="de-DE").language is None


@pytest.mark.parametrize("language", ["en", "en-GB", "EN_us"])
def test_a_declared_language_that_the_text_may_be_in_is_kept(language: str) -> None:
    assert item(f"<description>{TEXT}</description>", language=language).language == language


def test_each_entry_is_judged_by_its_own_text() -> None:
    german = "Der Stadtrat beschloss am Dienstag neun Kilometer Radwege, die Arbeiten beginnen im Mai."
    document = (
        '<rss version="2.0"><channel><title>Both</title><language>de</language>'
        f"<item><title>One</title><description>{german}</description></item>"
        f"<item><title>Two</title><description>{TEXT}</description></item></channel></rss>"
    )
    assert [each.language for each in articles(document)] == ["de", None]


def test_the_language_that_the_list_gives_is_better_than_that_of_the_feed() -> None:
    document = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>x</title>'
        '<entry xml:lang="fr"><title>x</title></entry></feed>'
    )
    feed, now = read_feed(document.encode(), URL, "application/xml"), datetime(2026, 3, 4, tzinfo=UTC)
    languages = [
        each.language
        for given in ("nl-BE", "unknown", None)
        for each in feed_articles(feed, FeedSource(URL, language=given), URL, now).articles
    ]
    assert languages == ["nl-BE", "fr", "fr"]


def test_relative_links_of_a_json_feed_lead_to_the_outlets_page() -> None:
    document = (
        '{"version": "https://jsonfeed.org/version/1.1", "title": "x", "home_page_url": "https://www.example.com/",'
        ' "items": [{"id": "1", "url": "/a/1", "title": "x"}]}'
    )
    assert articles(document)[0].url == "https://www.example.com/a/1"


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("", "https://feeds.example.net/news/a/1"),
        ("https://www.example.com/blog/", "https://www.example.com/blog/a/1"),
        ("/blog/", "https://feeds.example.net/blog/a/1"),
    ],
)
def test_relative_links_of_atom_follow_its_base(base: str, url: str) -> None:
    document = (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{base}"><title>x</title>'
        '<link href="https://home.example.com/"/><entry><title>x</title><link href="a/1"/></entry></feed>'
    )
    assert articles(document)[0].url == url
