"""One visit: what it sends, what it marks as seen, and what it tells the schedule."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from pipeline.settings import FeedsSettings
from producers.feeds.database import Database
from producers.feeds.feed_metrics import FeedMetrics, Visit
from producers.feeds.fetch import Validators, make_client
from producers.feeds.opml import FeedSource
from producers.feeds.seen import SeenArticles
from producers.feeds.state import FeedStates
from producers.feeds.visit import Visitor, VisitReport
from producers.sink import ArticleSink
from tests.unit.producers.fakes import FakeSink
from tests.unit.producers.feed_server import FeedServer, Reply, feed_server, rss


class Producer:
    """A producer that makes single visits; another one on the same file is the same after a restart."""

    def __init__(self, path: Path, server: FeedServer, feed: str = "/feed") -> None:
        self.path = path
        self.source = FeedSource(server.url + feed)
        self.metrics = FeedMetrics(CollectorRegistry())

    def visit(self, sink: ArticleSink) -> VisitReport:
        with Database(self.path) as database:
            return asyncio.run(self._visit(sink, database))

    async def _visit(self, sink: ArticleSink, database: Database) -> VisitReport:
        feed, state = FeedStates(database).load(self.source.url)
        async with make_client("Tester/1", 5, 1, [ip_network("127.0.0.1")]) as client:
            seen = SeenArticles(database)
            visitor = Visitor(client, sink, FeedsSettings(), self.metrics, seen, lambda *_: None)
            return await visitor.visit(self.source, feed, state)

    def count(self, name: str) -> float:
        metric = {"corrected": self.metrics.corrected, "state_errors": self.metrics.state_errors}[name]
        return next(sample.value for family in metric.collect() for sample in family.samples)


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


@pytest.fixture
def producer(tmp_path: Path, server: FeedServer) -> Producer:
    return Producer(tmp_path / "feeds.db", server)


def titles(sink: FakeSink) -> list[str]:
    return [article.title for article in sink.articles]


def test_only_what_kafka_acknowledged_is_marked_as_seen(server: FeedServer, producer: Producer) -> None:
    server.replies["/feed"] = Reply(rss("One", "Two", "Three"), headers={"ETag": '"v1"'})
    losing = FakeSink(loses=lambda value: b"Two" in value, refuses=lambda value: b"Three" in value)
    report = producer.visit(losing)
    assert (report.result, report.validators.etag) == (Visit.UNDELIVERED, None)
    after = FakeSink()
    assert producer.visit(after).result is Visit.FETCHED
    assert titles(after) == ["Two", "Three"]


def test_a_producer_killed_before_it_marked_what_it_sent_sends_it_again(
    server: FeedServer, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one gap in which something is repeated; in no gap something is missed."""
    server.replies["/feed"] = Reply(rss("One"))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SeenArticles, "remember", killed)
        with pytest.raises(KeyboardInterrupt):
            producer.visit(FakeSink())
    after = FakeSink()
    producer.visit(after)
    assert titles(after) == ["One"]


def test_what_could_not_be_marked_is_counted_and_costs_no_visit(
    server: FeedServer, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies["/feed"] = Reply(rss("One"))
    sort = SeenArticles.sort

    def then_full(seen: SeenArticles, *given: Any) -> object:
        found = sort(seen, *given)
        seen._database._connection.execute("PRAGMA query_only = ON")
        return found

    monkeypatch.setattr(SeenArticles, "sort", then_full)
    assert producer.visit(FakeSink()).result is Visit.FETCHED
    assert producer.count("state_errors") == 2  # neither before nor after it was sent


def rss_with(text: bytes) -> bytes:
    return rss("One").replace(b"</title><link>/", b"</title><description>" + text + b"</description><link>/")


def test_a_corrected_article_is_counted(server: FeedServer, producer: Producer) -> None:
    for text in (b"It rained.", b"It snowed.", b"It snowed."):
        server.replies["/feed"] = Reply(rss_with(text))
        producer.visit(FakeSink())
    assert producer.count("corrected") == 1


def test_an_article_of_a_json_feed_says_when_it_was_updated(server: FeedServer, producer: Producer) -> None:
    item = {"id": "1", "title": "One", "date_published": "2025-08-15T11:00:00Z"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Example", "items": [item]}
    sink = FakeSink()
    times = ["2025-08-15T11:00:00Z", "2025-08-15T12:30:00Z"]
    for modified in times:
        item["date_modified"] = modified
        server.replies["/feed"] = Reply(json.dumps(feed).encode())
        producer.visit(sink)
    assert [each.wire()["updated_at"] for each in sink.articles] == times


def test_a_withdrawn_item_of_a_json_feed_is_sent_as_that(server: FeedServer, producer: Producer) -> None:
    item: dict[str, object] = {"id": "1", "url": "https://times.example/1", "title": "One"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Example", "items": [item]}
    sink = FakeSink()
    for mark in ({}, {"withdrawn": False}, {"withdrawn": True}, {"withdrawn": True}):
        item |= mark
        server.replies["/feed"] = Reply(json.dumps(feed).encode())
        producer.visit(sink)
    first, second = sink.articles
    assert (first.withdrawn, second.withdrawn) == (False, True)
    assert first.article_id == second.article_id
    assert second.updated_at is not None


@pytest.mark.parametrize("namespace", ["http://www.w3.org/2007/app", "http://purl.org/atom/app#"])
@pytest.mark.parametrize("draft", ["yes", "no"])
def test_an_entry_that_becomes_a_draft_is_withdrawn(
    server: FeedServer, producer: Producer, namespace: str, draft: str
) -> None:
    sink = FakeSink()
    for control in ("", f"<a:control><a:draft>{draft}</a:draft></a:control>"):
        server.replies["/feed"] = Reply(
            (
                f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:a="{namespace}"><title>Times</title><entry>'
                f'<title>One</title><id>urn:1</id><link href="https://times.example/1"/>{control}</entry></feed>'
            ).encode()
        )
        producer.visit(sink)
    assert [each.withdrawn for each in sink.articles] == ([False, True] if draft == "yes" else [False])


def test_a_change_in_the_second_feed_of_an_article_is_sent(server: FeedServer, producer: Producer) -> None:
    second, sink = Producer(producer.path, server, "/second"), FakeSink()
    server.replies["/feed"] = Reply(rss_with(b"The whole text."))
    producer.visit(sink)
    for text in (b"A teaser.", b"A teaser.", b"Another teaser.", b"Another teaser."):
        server.replies["/second"] = Reply(rss_with(text))
        second.visit(sink)
    assert [article.text for article in sink.articles] == ["The whole text.", "Another teaser."]


def test_the_report_of_an_unchanged_feed_has_all_that_the_answer_said(
    server: FeedServer, producer: Producer
) -> None:
    headers = {"ETag": '"v2"', "Cache-Control": "max-age=900"}
    server.replies["/feed"] = Reply(status=301, headers={"Location": "/new"})
    server.replies["/new"] = Reply(status=304, headers=headers)
    assert producer.visit(FakeSink()) == VisitReport(
        Visit.NOT_MODIFIED, validators=Validators('"v2"'), moved_to=f"{server.url}/new", wished_s=900
    )


def test_the_report_tells_when_a_server_wants_to_be_asked_again(server: FeedServer, producer: Producer) -> None:
    server.replies["/feed"] = Reply(status=429, headers={"Retry-After": "7200"})
    report = producer.visit(FakeSink())
    assert (report.result, report.retry_after_s) == (Visit.THROTTLED, 7_200)


@pytest.mark.parametrize(
    ("ttl", "headers", "wished_s"),
    [
        (b"<ttl>60</ttl>", {}, 3_600),
        (b"", {"Cache-Control": "max-age=900"}, 900),
        (b"<ttl>60</ttl>", {"Cache-Control": "max-age=900"}, 3_600),
        (b"", {}, 0),
    ],
)
def test_the_report_tells_how_long_server_and_feed_wish_to_be_left_alone(
    server: FeedServer, producer: Producer, ttl: bytes, headers: dict[str, str], wished_s: float
) -> None:
    server.replies["/feed"] = Reply(rss("One").replace(b"<language>", ttl + b"<language>"), headers=headers)
    assert producer.visit(FakeSink()).wished_s == wished_s


def test_the_report_tells_whether_something_was_new(server: FeedServer, producer: Producer) -> None:
    server.replies["/feed"] = Reply(rss("One"))
    assert [producer.visit(FakeSink()).found for _ in range(2)] == [True, False]
