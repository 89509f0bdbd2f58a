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


def test_what_a_folder_says_holds_for_all_in_it_unless_they_say_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        """<opml version="2.0"><body>
        <outline text="A Times" outlet="A Times" language="de" fullText="True">
          <outline text="World" xmlUrl="https://a.example/world"/>
          <outline text="Culture"><outline text="Film" language="fr" xmlUrl="https://a.example/film"></outline></outline>
          <outline text="Blog" outlet="A Blog" fullText="no" xmlUrl="https://a.example/blog"/>
        </outline>
        <outline text="B News" xmlUrl="https://b.example/feed"/>
        </body></opml>"""
    )
    assert load_feeds(path) == [
        FeedSource("https://a.example/world", "A Times", "de", full_text=True),
        FeedSource("https://a.example/film", "A Times", "fr", full_text=True),
        FeedSource("https://a.example/blog", "A Blog", "de", full_text=False),
        FeedSource("https://b.example/feed", "B News", None, full_text=False),
    ]


def test_an_ill_formed_list_is_read_and_lists_in_it_are_no_feeds(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_bytes(
        '<?xml version="1.0" encoding="windows-1251"?><opml><body><outline text="Новая & газета"'
        ' xmlUrl="https://a.example/?page=feed&lang=ru"><outline type="include" xmlUrl="https://b.example/opml"/>'
        '<OUTLINE TITLE="C" XMLURL=" https://c.example/feed ">'.encode("cp1251")
    )
    assert load_feeds(path) == [
        FeedSource("https://a.example/?page=feed&lang=ru", "Новая & газета"),
        FeedSource("https://c.example/feed", "C"),
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
