"""From feeds of every kind to articles."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.records.article import Article
from producers.feeds.articles import MAX_TEXT_CHARS, feed_articles, read_feed
from producers.feeds.opml import FeedSource
from producers.feeds.parsed import FeedFormatError

NOW = datetime(2025, 8, 15, 20, 0, tzinfo=UTC)
URL = "https://feeds.example.com/world/rss.xml"
RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">
<channel><title>Example Times &amp;amp; Post</title><link>https://www.example.com/</link>
<language>en-GB</language>%s</channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de">
<title>Beispiel</title><link href="https://www.example.de/"/>%s</feed>"""


def articles(
    document: str | bytes, *, url: str = URL, outlet: str | None = None, content_type: str = "application/xml"
) -> list[Article]:
    body = document if isinstance(document, bytes) else document.encode()
    return list(feed_articles(read_feed(body, url, content_type), FeedSource(url, outlet), url, NOW).articles)


def item(xml: str) -> Article:
    (only,) = articles(RSS % f"<item>{xml}</item>")
    return only


def entry(xml: str) -> Article:
    (only,) = articles(ATOM % f"<entry>{xml}</entry>")
    return only


def test_an_rss_item_becomes_an_article() -> None:
    assert item(
        "<title>Ferry runs aground</title><link>https://www.example.com/ferry</link>"
        "<description>&lt;p&gt;Nobody was hurt.&lt;/p&gt;&lt;p&gt;It rained.&lt;/p&gt;</description>"
        "<pubDate>Fri, 15 Aug 2025 14:00:00 +0200</pubDate>"
    ) == Article(
        title="Ferry runs aground",
        url="https://www.example.com/ferry",
        text="Nobody was hurt.\n\nIt rained.",
        published_at=datetime(2025, 8, 15, 12, 0, tzinfo=UTC),
        published_raw="Fri, 15 Aug 2025 14:00:00 +0200",
        source="example.com",
        outlet="Example Times & Post",
        language="en-GB",
    )


def test_an_atom_entry_becomes_an_article() -> None:
    article = entry(
        '<title type="html">Fähre &lt;b&gt;läuft&lt;/b&gt; auf Grund</title>'
        '<link rel="enclosure" href="https://cdn.example.net/a.mp3"/>'
        '<link rel="alternate" href="https://www.example.de/faehre"/><id>tag:example.de,2025:1</id>'
        "<updated>2025-08-15T12:00:00Z</updated><published>2025-08-15T11:00:00Z</published>"
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Niemand verletzt.</p></div></content>'
    )
    assert article.title == "Fähre läuft auf Grund"
    assert article.url == "https://www.example.de/faehre"
    assert article.text == "Niemand verletzt."
    assert article.published_at == datetime(2025, 8, 15, 11, 0, tzinfo=UTC)
    assert (article.source, article.outlet, article.language) == ("example.de", "Beispiel", "de")


def json_feed(*items: object, **fields: object) -> str:
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Example",
            "home_page_url": "https://www.example.com/",
            "language": "en",
            "items": items,
            **fields,
        }
    )


def test_a_json_feed_item_becomes_an_article() -> None:
    (article,) = articles(
        json_feed(
            {
                "id": "1",
                "url": "/ferry",
                "title": "Ferry &amp; storm",
                "content_html": "<p>Nobody was <b>hurt</b>.</p>",
                "date_published": "2025-08-15T14:00:00+02:00",
            }
        ),
        url="https://www.example.com/feed.json",
    )
    assert article.wire() == {
        "title": "Ferry & storm",
        "url": "https://www.example.com/ferry",
        "text": "Nobody was hurt.",
        "published_at": "2025-08-15T12:00:00Z",
        "published_raw": "2025-08-15T14:00:00+02:00",
        "source": "example.com",
        "outlet": "Example",
        "language": "en",
    }


@pytest.mark.parametrize(
    "bad", [None, 12, "text", [], {}, {"title": 5}, {"title": None, "url": []}, {"id": {}, "content_html": 1}]
)
def test_a_bad_item_of_a_json_feed_spoils_no_other(bad: object) -> None:
    found = articles(json_feed(bad, {"title": "Good", "url": "https://example.com/1"}))
    assert [each.title for each in found] == ["Good"]


@pytest.mark.parametrize(
    "document",
    ["", "   ", "<html><body>Not found</body></html>", "plain text", "{}", '{"version":1}', "{broken",
     '{"version":"https://jsonfeed.org/version/1","items":{}}', "http://127.0.0.1:9/", "/etc/hostname",
     "<?xml version='1.0'?><foo/>"],
)  # fmt: skip
def test_what_is_no_feed_says_so(document: str) -> None:
    with pytest.raises(FeedFormatError, match="no "):
        articles(document)


@pytest.mark.parametrize(
    ("xml", "title"),
    [
        ("<![CDATA[Ferry <em>runs</em> aground]]>", "Ferry runs aground"),
        ("Ferry &amp;#8217;s crew", "Ferry ’s crew"),
        ("Rock &amp;amp; roll", "Rock & roll"),
        ("1 &lt; 2", "1 < 2"),
        ("\n  Ferry\n  runs  ", "Ferry runs"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Ferry", "Ferry"),
        ("Паром сел на мель", "Паром сел на мель"),
    ],
)
def test_titles_lose_markup_and_entities(xml: str, title: str) -> None:
    assert item(f"<title>{xml}</title>").title == title


def test_a_title_that_atom_declares_as_text_keeps_its_angle_brackets() -> None:
    assert entry("<title>What &lt;b&gt; means</title>").title == "What <b> means"


def test_the_full_content_is_preferred_to_the_summary() -> None:
    article = item(
        "<title>x</title><description>Short.</description>"
        "<content:encoded><![CDATA[<p>The whole long story.</p><script>track()</script>]]></content:encoded>"
    )
    assert article.text == "The whole long story."


def test_a_text_as_long_as_a_book_is_cut() -> None:
    assert len(item(f"<title>x</title><description>{'word ' * 40_000}</description>").text) <= MAX_TEXT_CHARS


@pytest.mark.parametrize(
    ("xml", "url"),
    [
        ("<link>/ferry</link>", "https://www.example.com/ferry"),
        ("<link>ferry</link>", "https://www.example.com/ferry"),
        ("<link>//www.example.com/ferry</link>", "https://www.example.com/ferry"),
        ("<link xml:base='https://other.example.com/news/'>ferry</link>", "https://other.example.com/news/ferry"),
        ("<link> https://www.example.com/a b </link>", "https://www.example.com/a b"),
        ("<guid>https://www.example.com/1</guid>", "https://www.example.com/1"),
        (
            "<link>https://feeds.feedburner.com/~r/1</link>"
            "<feedburner:origLink>https://www.example.com/1</feedburner:origLink>",
            "https://www.example.com/1",
        ),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>http://[bad</link>", None),
        ("", None),
    ],
)
def test_links_are_resolved_and_only_web_addresses_are_kept(xml: str, url: str | None) -> None:
    assert item(f"<title>x</title>{xml}").url == url


def test_without_a_link_the_guid_identifies_within_the_feed() -> None:
    one, other = (
        articles(RSS % "<item><title>x</title><guid isPermaLink='false'>17</guid></item>", url=url)[0]
        for url in (URL, "https://feeds.example.com/sports/rss.xml")
    )
    assert (one.url, one.id, one.source) == (None, f"{URL}#17", "example.com")
    assert one.article_id != other.article_id


@pytest.mark.parametrize("xml", ["", "<title></title>", "<title> <![CDATA[<img src='x'>]]></title>"])
def test_an_entry_without_a_title_is_no_article_and_is_counted(xml: str) -> None:
    document = RSS % f"<item>{xml}<link>https://example.com/1</link></item><item><title>x</title></item>"
    found = feed_articles(read_feed(document.encode(), URL, ""), FeedSource(URL), URL, NOW)
    assert (found.entries, [each.title for each in found.articles]) == (2, ["x"])


@pytest.mark.parametrize(
    ("date", "published"),
    [
        ("Fri, 15 Aug 2025 12:00:00 GMT", NOW - timedelta(hours=8)),
        ("2025-08-15T12:00:00Z", NOW - timedelta(hours=8)),
        ("2025-08-15 12:00:00", NOW - timedelta(hours=8)),
        ("1755259200", NOW - timedelta(hours=8)),
        ("yesterday", None),
        ("", None),
        ("Mon, 01 Jan 0001 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Sat, 15 Aug 2026 12:00:00 GMT", None),
        ("Fri, 15 Aug 2025 20:45:00 GMT", NOW + timedelta(minutes=45)),
        ("Sat, 16 Aug 2025 12:00:00 GMT", None),
        ("2025-08", None),
        ("Fri, 15 Aug 2025 14:00:00 GMT+0200", NOW - timedelta(hours=8)),
        ("Sat, 30 Feb 2025 12:00:00 GMT", None),
    ],
)
def test_dates_are_utc_and_bad_ones_unknown(date: str, published: datetime | None) -> None:
    assert item(f"<title>x</title><pubDate>{date}</pubDate>").published_at == published


def test_an_update_dates_an_entry_that_has_no_other_date() -> None:
    article = entry("<title>x</title><updated>2025-08-15T12:00:00Z</updated>")
    assert article.published_at == datetime(2025, 8, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_language", "kept"), [("fr-fr", "fr-fr"), ("zh_CN", "zh_CN"), ("x" * 50, None), ("?", None)]
)
def test_a_language_is_a_language_tag(given_language: str, kept: str | None) -> None:
    document = (RSS % "<item><title>x</title></item>").replace("en-GB", given_language)
    assert articles(document)[0].language == kept


def link(address: str) -> str:
    return f"<item><title>x</title><link>{address}</link></item>"


def test_the_name_in_the_list_is_better_than_the_feeds_own() -> None:
    assert articles(RSS % link("https://example.com/1"), outlet="The Times")[0].outlet == "The Times"


def test_the_articles_of_an_aggregator_do_not_get_its_name() -> None:
    found = articles(RSS % (link("https://www.example.com/1") + link("https://www.other.org/2")))
    assert [(each.source, each.outlet) for each in found] == [
        ("example.com", "Example Times & Post"),
        ("other.org", None),
    ]


def test_a_feed_served_from_elsewhere_still_names_its_one_outlet() -> None:
    document = (RSS % (link("https://www.other.org/1") + link("https://m.other.org/2"))).replace(
        "https://www.example.com/", ""
    )
    found = articles(document, url="https://feeds.feedburner.com/other", outlet="Other")
    assert [(each.source, each.outlet) for each in found] == [("other.org", "Other")] * 2


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-16", "utf-8"])
def test_encodings_are_understood(encoding: str) -> None:
    document = (RSS % "<item><title>Паром</title></item>").replace(
        '<?xml version="1.0"?>', f'<?xml version="1.0" encoding="{encoding}"?>'
    )
    assert articles(document.encode(encoding))[0].title == "Паром"


def test_an_ill_formed_feed_gives_what_can_be_read() -> None:
    document = RSS % "<item><title>One & two</title><link>https://example.com/1</item><item><title>Three</title>"
    assert [each.title for each in articles(document[: document.index("</channel>")])] == ["One & two", "Three"]


def test_entities_that_grow_are_not_expanded() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    document = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{lol}]>' + RSS[21:] % (
        "<item><title>x &l8;</title></item>"
    )
    assert all(len(each.title) < 100 for each in articles(document))


def test_files_of_this_machine_are_not_read() -> None:
    document = (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        + RSS[21:] % "<item><title>x &f;</title></item>"
    )
    assert not any("root:" in each.title for each in articles(document))


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "<rss version='2.0'><channel><item><title>", "<feed><entry>", "{"]),
)
def test_no_bytes_raise_anything_but_a_format_error(body: bytes, start: str) -> None:
    try:
        found: list[Any] = articles(start.encode() + body)
    except FeedFormatError:
        return
    assert all(each.title for each in found)
