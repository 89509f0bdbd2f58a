"""Feeds of stories, read by libraries that read other people's, and the tags that previews are made of."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import feedparser
import pytest

from groundswell.record import Point
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story
from tests.unit.board.conftest import Board

HOSTILE = "<b>A & B</b> \x0b \x00 ]]> \ud83d\ude00"


@pytest.fixture
def filled(board: Board) -> Board:
    for number in range(12):
        board.view.apply(some_story(number))
    text = Point(text="Überschwemmung <script>", article_id="x", outlet=None)
    title = HOSTILE.encode("utf-16", "surrogatepass").decode("utf-16")
    board.view.apply(story("st/1 ?", [member(OUTLETS[7], title, START, language="de")], title=title, summary=text))
    return board


def test_the_atom_feed_is_well_formed_and_complete(filled: Board) -> None:
    answer = filled.client.get("/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    parsed = feedparser.parse(answer.content)
    assert (parsed.bozo, parsed.version) == (False, "atom10")
    assert len(parsed.entries) == 13
    assert len({each.id for each in parsed.entries}) == 13
    for entry in parsed.entries:
        assert entry.title
        assert entry.updated_parsed
        assert entry.link.startswith("http://testserver/stories/")
        assert "source" in entry.content[0].value
    assert parsed.feed.updated == max(each.updated for each in parsed.entries)


def test_what_the_specification_demands_of_a_feed_is_there(filled: Board) -> None:
    """RFC 4287, 4.1: one id, title and updated in the feed and in each entry; an author; a link to itself."""
    name = "{http://www.w3.org/2005/Atom}"
    feed = ElementTree.fromstring(filled.client.get("/feed.atom?language=de").content)
    for element in (feed, *feed.findall(f"{name}entry")):
        assert [len(element.findall(f"{name}{each}")) for each in ("id", "title", "updated")] == [1, 1, 1]
    assert feed.find(f"{name}author/{name}name") is not None
    links = {each.get("rel"): each.get("href") for each in feed.findall(f"{name}link")}
    assert links["self"] == "http://testserver/feed.atom?language=de"
    assert links["alternate"] == "http://testserver/?language=de"


def test_hostile_text_stays_text(filled: Board) -> None:
    parsed = feedparser.parse(filled.client.get("/feed.atom?language=de").content)
    entry = next(each for each in parsed.entries if each.id.endswith("/stories/st%2F1%20%3F"))
    assert "<script>" in entry.content[0].value  # text, by its type, and not markup
    assert entry.content[0].type == "text/plain"
    assert "\ufffd" in entry.title


def test_the_json_feed_says_the_same_as_the_atom_feed(filled: Board) -> None:
    answer = filled.client.get("/feed.json?sort=sources&limit=5")
    feed = answer.json()
    assert answer.headers["content-type"] == "application/feed+json"
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == "http://testserver/feed.json?sort=sources&limit=5"
    atom = feedparser.parse(filled.client.get("/feed.atom?sort=sources&limit=5").content)
    assert [each["id"] for each in feed["items"]] == [each.id for each in atom.entries]
    for item in feed["items"]:
        assert {"id", "url", "title", "content_text", "date_modified"} <= set(item)


def test_the_newest_coverage_comes_first_and_a_reader_asks_in_vain_until_something_changes(filled: Board) -> None:
    first = filled.client.get("/feed.atom")
    published = [each["date_modified"] for each in filled.client.get("/feed.json").json()["items"]]
    assert published == sorted(published, reverse=True)
    assert filled.client.get("/feed.atom", headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_a_filter_that_does_not_exist_is_refused_and_not_left_out(filled: Board) -> None:
    answer = filled.client.get("/feed.atom?entitty=x")
    assert answer.status_code == 400
    assert "did you mean entity?" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/?language=de&q=tal", "/blindspots", "/nowhere"])
def test_each_page_names_its_feeds_and_the_front_page_those_of_its_filters(filled: Board, path: str) -> None:
    html = filled.client.get(path).text
    named = re.findall(r'rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)"', html)
    assert len(named) == 1
    assert filled.client.get(named[0].replace("&amp;", "&")).status_code == 200
    assert ("language=de" in named[0]) is (path.startswith("/?"))


def test_a_shared_link_has_a_preview(filled: Board) -> None:
    html = filled.client.get("/stories/st-1-000003").text
    title = filled.client.get("/api/stories/st-1-000003").json()["title"].replace("'", "&#39;")
    assert f'<meta property="og:title" content="{title}">' in html
    assert '<meta property="og:description" content="' in html
    assert filled.client.get("/favicon.ico").headers["location"] == "/static/icon.svg"


@pytest.mark.parametrize(
    ("path", "title", "description"),
    [
        ("/", "Groundswell", r"\d+ stories, ranked by [^\"]+"),
        ("/?q=%22tal%22", "&#34;tal&#34; – Groundswell", r"\d+ stor(y|ies)"),
        ("/blindspots?lang=de", "Blinde Flecken – Groundswell", r"Themen, über die [^\"]+"),
    ],
)
def test_lists_have_previews_too(filled: Board, path: str, title: str, description: str) -> None:
    html = filled.client.get(path).text
    assert html.count("og:title") == 1
    assert f'<meta property="og:title" content="{title}">' in html
    assert re.search(rf'<meta property="og:description" content="{description}">', html)
    assert "og:" not in filled.client.get("/nowhere").text
