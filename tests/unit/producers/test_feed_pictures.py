"""Which picture of a feed an article gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from producers.feeds.articles import feed_articles, read_feed
from producers.feeds.opml import FeedSource
from tests.unit.producers.test_feed_texts import articles, item

PICTURE = "https://cdn.example.com/lanes.jpg"


@pytest.mark.parametrize(
    "xml",
    [
        f'<media:content url="{PICTURE}" medium="image"/>',
        f'<media:content url="{PICTURE}" type="image/jpeg"/>',
        f'<media:content url="{PICTURE}"/>',
        f'<media:group><media:content url="{PICTURE}" medium="image"/></media:group>',
        f'<media:content url="https://example.com/v.mp4" type="video/mp4"/><media:thumbnail url="{PICTURE}"/>',
        f'<media:thumbnail url="{PICTURE}" width="240" height="135"/>',
        f'<enclosure url="{PICTURE}" type="image/jpeg" length="9000"/>',
        '<enclosure url="https://example.com/a.mp3" type="audio/mpeg"/>'
        f'<enclosure url="{PICTURE}" type="image/png"/>',
        f'<itunes:image xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" href="{PICTURE}"/>',
        f'<media:content url="https://0.gravatar.com/avatar/af31?s=96" medium="image"/>'
        f'<media:content url="{PICTURE}" medium="image"/>',
        f'<media:content url="https://example.com/small.jpg" medium="image" width="140"/>'
        f'<media:content url="{PICTURE}" medium="image" width="700"/>'
        '<media:content url="https://example.com/middle.jpg" medium="image" width="460"/>',
        f'<media:thumbnail url="https://example.com/t.jpg"/><media:content url="{PICTURE}" medium="image"/>',
        f'<media:content url="{PICTURE}" medium="image"><media:description>A cyclist</media:description>'
        "</media:content>",
    ],
)
def test_a_picture_is_taken_from_wherever_its_feed_names_it(xml: str) -> None:
    assert item(xml).image_url == PICTURE


@pytest.mark.parametrize(
    "xml",
    [
        "",
        '<media:content url="https://example.com/v.mp4" medium="video"/>',
        '<media:thumbnail url="https://example.com/pixel.gif" width="1" height="1"/>',
        '<media:content url="https://example.com/logo.svg" medium="image"/>',
        '<enclosure url="https://example.com/a.mp3" type="audio/mpeg"/>',
        '<enclosure url="javascript:alert(1)" type="image/png"/>',
        '<media:content url="https://[::1/a.jpg"/>',
        "<media:content/><media:thumbnail/><enclosure/>",
    ],
)
def test_what_is_no_picture_costs_the_article_nothing(xml: str) -> None:
    assert item(xml).image_url is None


def test_an_address_is_relative_to_the_outlet() -> None:
    assert item('<enclosure url="/i/lanes.jpg" type="image/jpeg"/>').image_url == (
        "https://www.example.com/i/lanes.jpg"
    )


def test_a_picture_of_the_feed_is_none_of_its_articles() -> None:
    (article,) = articles(
        '<rss version="2.0"><channel><title>North Herald</title><image><url>https://example.com/logo.png</url>'
        "</image><item><title>Council approves cycle lanes</title></item></channel></rss>"
    )
    assert article.image_url is None


@pytest.mark.parametrize("name", ["image", "banner_image"])
def test_a_json_feed_names_the_picture_of_an_item(name: str) -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "home_page_url": "https://www.example.com/",
        "items": [{"id": "1", "url": "/1", "title": "Council approves cycle lanes", name: "/i/lanes.jpg"}],
    }
    (article,) = articles(json.dumps(document))
    assert article.image_url == "https://www.example.com/i/lanes.jpg"


def test_a_sitemap_names_the_picture_of_a_page() -> None:
    url = "https://www.example.com/news.xml"
    sitemap = (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
        'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><url><loc>https://www.example.com/1</loc>'
        "<news:news><news:title>Council approves cycle lanes</news:title></news:news>"
        f"<image:image><image:loc>{PICTURE}</image:loc></image:image></url></urlset>"
    )
    feed = read_feed(sitemap.encode(), url, "text/xml")
    (article,) = feed_articles(feed, FeedSource(url), url, datetime(2026, 3, 4, tzinfo=UTC)).articles
    assert (article.url, article.image_url) == ("https://www.example.com/1", PICTURE)
