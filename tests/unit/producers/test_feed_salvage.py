"""One bad item never costs the others, whatever the reader of feeds trips over."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from producers.feeds import salvage
from producers.feeds.articles import feed_articles, read_feed
from producers.feeds.opml import FeedSource
from producers.feeds.parsed import FeedFormatError

URL = "https://www.example.com/feed"
RSS = (
    '<rss version="2.0" xmlns:psc="http://podlove.org/simple-chapters" xmlns:media="http://search.yahoo.com/mrss/">'
    "<channel><title>Example</title><link>https://www.example.com/</link>%s</channel></rss>"
)
BAD = [
    "<psc:chapters><psc:chapter title='Intro'/></psc:chapters>",
    "<psc:chapter start='00:00'/>",
    "</media:credit>",
    "<image></height></image>",
]
"""Each of them makes feedparser 6.0.14 raise."""


def titles(document: str) -> list[str]:
    feed = read_feed(document.encode(), URL, "application/xml")
    found = feed_articles(feed, FeedSource(URL), URL, datetime(2026, 3, 4, tzinfo=UTC))
    return [each.title for each in found.articles]


def item(title: str, rest: str = "") -> str:
    return f"<item><title>{title}</title><link>/{title}</link>{rest}</item>"


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("place", [0, 7, 19])
def test_an_item_at_which_the_reader_breaks_off_costs_no_other(bad: str, place: int) -> None:
    items = [item(str(number), bad if number == place else "") for number in range(20)]
    assert set(titles(RSS % "".join(items))) >= {str(number) for number in range(20) if number != place}


def test_several_bad_items_cost_themselves_only_and_the_order_stays() -> None:
    items = [item(f"{number:02}", BAD[0] if number % 9 == 4 else "") for number in range(60)]
    assert titles(RSS % "".join(items)) == [f"{number:02}" for number in range(60) if number % 9 != 4]


def test_also_in_atom() -> None:
    kinds = (("One", ""), ("Bad", BAD[0]), ("Two", ""))
    entries = "".join(f"<entry><title>{title}</title>{rest}</entry>" for title, rest in kinds)
    document = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:psc="http://podlove.org/simple-chapters">'
        f"<title>Example</title>{entries}</feed>"
    )
    assert titles(document) == ["One", "Two"]


def test_a_feed_of_bad_items_alone_is_refused_after_a_bounded_number_of_tries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = 0
    parse = salvage._parse

    def counted(text: str) -> object:
        nonlocal tries
        tries += 1
        return parse(text)

    monkeypatch.setattr(salvage, "_parse", counted)
    with pytest.raises(FeedFormatError, match="can be read"):
        titles(RSS % (item("Bad", BAD[0]) * 1_000))
    assert tries <= salvage.MAX_TRIES + 1


def test_what_breaks_the_reader_before_any_item_is_no_feed() -> None:
    with pytest.raises(FeedFormatError, match="can be read"):
        titles(RSS % (BAD[0] + item("One")))
