"""What of a feed is an article's text, and in which language it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.records.article import Article
from pipeline.domain.text import html_to_text
from producers.feeds.articles import feed_articles, read_feed
from producers.feeds.content import content_text
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


ENDINGS = [
    "The post {} appeared first on {}.",
    "Der Beitrag {} erschien zuerst auf {}.",
    "L’article {} est apparu en premier sur {}.",
    "La entrada {} se publicó primero en {}",
    "L'articolo {} sembra essere il primo su {}.",
    "O post {} apareceu primeiro em {}.",
    "Artykuł {} pochodzi z serwisu {}.",
    "{} yazısı ilk önce {} üzerinde ortaya çıktı.",
    "{} bejegyzés először {}-én jelent meg.",
    "Сообщение {} появились сначала на {}.",
    "ظهرت المقالة {} أولاً على {}.",
    "הפוסט {} הופיע לראשונה ב-{}.",
    "投稿 {} は {} に最初に表示されました。",
    "{}最先出现在{}。",
    "{} 게시물이 {}에 처음 등장했습니다.",
]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_ending_that_names_article_and_feed_is_no_text_in_any_language(ending: str) -> None:
    plain = ending.format("Council approves cycle lanes", "North Herald")
    linked = ending.format("<a href='x'>Council approves cycle lanes</a>", "<a href='y'>North Herald</a>")
    for html in (f"<p>{TEXT}</p><p>{linked}</p>", f"{TEXT} {linked}", f"{TEXT}\n{plain}", f"{TEXT} […] {plain}"):
        text = item(f"<description><![CDATA[{html}]]></description>").text
        assert text.removesuffix(" […]") == TEXT


def test_an_ending_may_name_what_the_feed_is_a_part_of() -> None:
    last = "The post Council approves cycle lanes appeared first on North Herald."
    (article,) = articles(
        "<rss version='2.0'><channel><title>World – North Herald</title>"
        f"<item><title>Council approves cycle lanes</title><description>{TEXT} {last}</description></item>"
        "</channel></rss>"
    )
    assert article.text == TEXT


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


AROUND = [
    "<ul class='menu'><li><a href='/'>Home</a></li><li><a href='/s'>Sports</a></li></ul><p>{}</p>",
    "<div role='navigation'><a href='/'>Home</a></div><p>{}</p>",
    "<header><a href='/'>North Herald</a></header><article><p>{}</p></article><footer>All rights</footer>",
    "<p>{}</p><h3>Read also</h3><ul><li><a href='/x'>Mayor resigns</a></li><li><a href='/y'>Snow</a></li></ul>",
    "<p>{}</p><div class='related-posts'><a href='/x'>Mayor resigns</a></div>",
    "<p>{}</p><div class='sharedaddy'><h3>Share this:</h3><ul><li><a>A</a></li><li><a>B</a></li></ul></div>",
    "<div class='wp-caption'><img src='p'><p class='wp-caption-text'>A cyclist</p></div><p>{}</p>",
    "<dl><dt><img src='p'></dt><dd class='gallery-caption'>A cyclist</dd></dl><p>{}</p>",
    "<p style='display:none'>Flattr</p><p>{}</p><p hidden>Secret</p>",
    "<p>{} <a href='https://www.example.com/a/1?utm_source=rss'>Weiterlesen</a></p>",
    "<p>{} <a href='/x' class='more-link'>Continue <span>Council</span></a></p>",
]


@pytest.mark.parametrize("html", AROUND)
def test_what_a_site_puts_around_its_texts_is_no_text(html: str) -> None:
    link = "<link>https://www.example.com/a/1</link>"
    assert item(f"{link}<description><![CDATA[{html.format(TEXT)}]]></description>").text == TEXT
    document = {"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [
        {"title": "x", "url": "https://www.example.com/a/1", "content_html": html.format(TEXT)}
    ]}  # fmt: skip
    assert articles(json.dumps(document))[0].text == TEXT


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (f"<div class='share'><p>{TEXT}</p></div>", TEXT),
        (f"<div class='sidebar'><p>{TEXT} {TEXT}</p></div><p>Short.</p>", f"{TEXT} {TEXT}\n\nShort."),
        (f"<p>{TEXT}</p><ul><li>Nine <a href='/x'>kilometres</a></li><li>Snow</li></ul>", None),
        (f"<p>{TEXT} The plan is <a href='https://www.example.com/a/1'>here</a></p>", None),
        (f"<p>{TEXT}</p><p><a href='https://elsewhere.example/'>A source.</a></p>", None),
        ("<table><tr><td>Yes</td><td>31</td></tr><tr><td>No</td><td>20</td></tr></table>", "Yes 31\n\nNo 20"),
        ("<p>5 < 6 & 7 > 3 <a href='/x' class='y'>AT&T</a></p><p class='menu'>x</p>", "5 < 6 & 7 > 3 AT&T"),
    ],
)
def test_what_may_be_the_text_stays(html: str, text: str | None) -> None:
    link = "<link>https://www.example.com/a/1</link>"
    expected = html_to_text(html) if text is None else text
    assert item(f"{link}<description><![CDATA[{html}]]></description>").text == expected


@pytest.mark.parametrize("name", ["yandex:full-text", "turbo:content"])
def test_whole_texts_under_other_names_are_read(name: str) -> None:
    namespaces = 'xmlns:yandex="http://news.yandex.ru" xmlns:turbo="http://turbo.yandex.ru"'
    whole = f"<{name} {namespaces}><![CDATA[<p>{TEXT}</p><p>Work starts in May.</p>]]></{name}>"
    assert item(f"<description>{TEXT}</description>{whole}").text == f"{TEXT}\n\nWork starts in May."


@given(st.lists(st.sampled_from(
    ["<p class='menu'>", "</p>", "<ul>", "<li>", "</li>", "</ul>", "<a href='//['>", "</a>", "<!--", "-->", "<h2>",
     "<?x?>", "<header>", "<article>", "</article>", "word.", "&", "<", ">", "\x00", "<a href='https://e.example/'>"]
), max_size=40))  # fmt: skip
def test_no_markup_raises(parts: list[str]) -> None:
    content_text(" ".join(parts), "https://e.example/")


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
