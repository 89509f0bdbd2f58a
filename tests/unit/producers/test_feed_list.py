"""The list of feeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.feeds.opml import FeedListError, FeedSource, load_feeds

OPML = '<opml version="2.0"><head/><body><outline text="World">%s</outline></body></opml>'


def test_the_list_is_read_with_names_and_every_feed_once(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        OPML % '<outline type="rss" text="A" xmlUrl="https://a.example/feed"/>'
        '<outline type="rss" text="A again" xmlUrl="https://a.example/feed"/>'
        '<outline type="rss" text="F" xmlUrl="ftp://f.example/feed"/>'
        '<outline type="rss" text="" xmlUrl="https://b.example/feed"/>'
    )
    assert load_feeds(path) == [
        FeedSource("https://a.example/feed", "A"),
        FeedSource("https://b.example/feed", None),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no feeds in it"),
        ("not xml", "no feeds in it"),
        (OPML % "", "no feeds in it"),
        (OPML % '<outline type="rss" text="F" xmlUrl="file:///etc/passwd"/>', "none of its 1 feeds"),
    ],
)
def test_a_list_without_feeds_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(content)
    with pytest.raises(FeedListError, match=rf"feeds\.opml: {said}"):
        load_feeds(path)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedListError, match=r"none\.opml: can't be read: No such file"):
        load_feeds(tmp_path / "none.opml")


def test_the_shipped_list_has_outlets_in_five_languages() -> None:
    feeds = load_feeds(None)
    assert 30 <= len(feeds) <= 80
    assert all(feed.outlet for feed in feeds)
