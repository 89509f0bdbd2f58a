"""`groundswell inspect`: how articles and feeds are understood, on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pipeline.mendable import MendableError
from pipeline.runtime.cli.main import app
from tests.unit.producers.feed_server import Reply, feed_server

ARTICLE = {
    "title": "Ferry runs aground",
    "url": "http://www.theguardian.com/world/1/?utm_source=rss",
    "published_at": "Fri, 15 Aug 2025 14:00:00 GMT+0200",
    "text": "The ferry ran aground in the harbour on Friday. Nobody was hurt.",
    "image_url": "https://i.example.com/1.jpg",
}
FEED = (
    "<rss version='2.0'><channel><title>Harbour News</title><item><title>Ferry runs aground</title>"
    "<link>/ferry</link><pubDate>Fri, 15 Aug 2025 12:00:00 GMT</pubDate></item><item/></channel></rss>"
)


def inspect(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["inspect", *arguments], input=given)


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_article_is_shown_as_the_clusterer_and_the_publisher_see_it() -> None:
    (shown,) = lines(inspect("article", given=json.dumps(ARTICLE).encode()))
    assert len(shown.pop("article_id")) == 64
    assert shown == {
        "url": "https://theguardian.com/world/1",
        "published_at": "2025-08-15T12:00:00Z",
        "language": "en",
        "title": ARTICLE["title"],
        "text": ARTICLE["text"],
        "outlet": {"domain": "theguardian.com", "name": "The Guardian", "rated": True, "bias": "lean-left"},
        "image_url": "https://i.example.com/1.jpg",
    }


def test_each_line_has_its_own_answer_and_what_is_no_article_says_why(tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_bytes(b'{"title": 12}\n\n\xff\n' + json.dumps(ARTICLE).encode() + b"\n")
    first, second, third = lines(inspect("article", str(file)))
    assert first == {"error": "title: must be a string, not a number"}
    assert second["error"].startswith("not JSON: ")
    assert third["title"] == ARTICLE["title"]


def test_a_feed_is_read_as_if_it_came_from_the_address_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(FEED)
    result = inspect("feed", str(file), "--url", "https://www.harbour.example/feed")
    (shown,) = lines(result)
    assert shown["url"] == "https://harbour.example/ferry"
    assert shown["outlet"] == {"domain": "harbour.example", "name": "Harbour News", "rated": False, "bias": None}
    assert "1 entries" in result.stderr


def test_the_content_type_may_name_the_encoding() -> None:
    feed = FEED.replace("Ferry", "Fähre").encode("windows-1252")
    (shown,) = lines(inspect("feed", "-", "--content-type", "text/xml; charset=windows-1252", given=feed))
    assert shown["title"] == "Fähre runs aground"


def test_what_is_no_feed_is_one_line_with_the_reason() -> None:
    (shown,) = lines(inspect("feed", "-", given=b"<html><p>Not found</p></html>"))
    assert list(shown) == ["error"]


def test_an_address_is_fetched_by_the_rules_of_the_producer(monkeypatch: pytest.MonkeyPatch) -> None:
    with feed_server() as server:
        server.replies["/feed"] = Reply(FEED.encode())
        (refused,) = lines(inspect("feed", f"{server.url}/feed"))
        assert "feeds.allow_addresses" in refused["error"]
        monkeypatch.setenv("GROUNDSWELL_FEEDS__ALLOW_ADDRESSES", '["127.0.0.1"]')
        (shown,) = lines(inspect("feed", f"{server.url}/feed"))
    assert shown["title"] == "Ferry runs aground"


@pytest.mark.parametrize("command", ["article", "feed"])
def test_a_file_that_is_missing_is_an_error_that_the_user_can_mend(command: str, tmp_path: Path) -> None:
    result = inspect(command, str(tmp_path / "none"))
    assert isinstance(result.exception, MendableError)
    assert "can't be read" in str(result.exception)
