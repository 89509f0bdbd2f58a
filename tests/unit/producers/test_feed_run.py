"""The feeds producer as a whole, against a server on a real socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from pipeline.settings import FeedsSettings, MetricsSettings, Settings
from producers.feeds import FeedListError, run_feeds
from producers.feeds import visit as visit_module
from producers.feeds.articles import read_feed
from producers.feeds.database import Database
from producers.feeds.state import FeedStates, RememberedFeed
from tests.unit.producers.fakes import FakeDelivery, FakeSink
from tests.unit.producers.feed_server import FeedServer, Reply, Request, feed_server, rss


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


class Running:
    """A producer in a thread."""

    def __init__(self, sink: FakeSink, settings: Settings, topic: str | None) -> None:
        self.stop = threading.Event()
        self._thread = threading.Thread(target=run_feeds, args=(settings, sink, self.stop, topic))
        self._thread.start()

    def end(self) -> None:
        self.stop.set()
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def start(tmp_path: Path, server: FeedServer) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def run(
        sink: FakeSink, *paths: str, interval_s: float = 0.05, port: int = 0, topic: str | None = None
    ) -> Running:
        outlines = "".join(f'<outline type="rss" text="O" xmlUrl="{server.url}{path}"/>' for path in paths)
        opml = tmp_path / "feeds.opml"
        opml.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
        settings = Settings(
            feeds=FeedsSettings.model_validate(
                {
                    "opml": opml,
                    "state": tmp_path / "state" / "feeds.db",
                    "interval_s": interval_s,
                    "max_interval_s": interval_s,
                    "timeout_s": 1,
                    "max_bytes": 50_000,
                    "allow_addresses": ["127.0.0.0/8"],
                }
            ),
            metrics=MetricsSettings(feeds_port=port),
        )
        started.append(Running(sink, settings, topic))
        return started[-1]

    yield run
    for each in started:
        each.end()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < deadline, "did not come true within 5 s"
        time.sleep(0.01)


def titles(sink: FakeSink) -> list[str]:
    return [article.title for article in sink.articles]


def test_new_entries_are_sent_once_however_often_the_feed_shows_them(
    server: FeedServer, start: Callable[..., Running]
) -> None:
    sink = FakeSink()
    server.replies["/feed"] = Reply(rss("One", "Two"))
    start(sink, "/feed")
    eventually(lambda: len(server.asked("/feed")) > 3)
    server.replies["/feed"] = Reply(rss("Three", "One", "Two"))
    eventually(lambda: len(sink.articles) == 3)
    count = len(server.requests)
    eventually(lambda: len(server.requests) > count + 3)
    assert titles(sink) == ["One", "Two", "Three"]


def test_no_feed_waits_longer_than_the_longest_interval_of_the_settings(
    server: FeedServer, start: Callable[..., Running], tmp_path: Path
) -> None:
    server.replies["/feed"] = Reply(rss("One"))
    running = start(FakeSink(), "/feed")
    eventually(lambda: len(server.requests) > 6)
    running.end()
    assert [each.state.rhythm_s for each in remembered(tmp_path)] == [0.05]


def remembered(folder: Path) -> list[RememberedFeed]:
    with Database(folder / "state" / "feeds.db") as database:
        return FeedStates(database).all()


def test_what_left_the_list_long_ago_is_forgotten_at_the_start(
    server: FeedServer, start: Callable[..., Running], tmp_path: Path
) -> None:
    with Database(tmp_path / "state" / "feeds.db") as database:
        FeedStates(database).load("https://left.example/feed")
    server.replies["/feed"] = Reply(rss("One"))
    sink = FakeSink()
    running = start(sink, "/feed")
    eventually(lambda: titles(sink) == ["One"])
    running.end()
    assert [each.source for each in remembered(tmp_path)] == [f"{server.url}/feed"]


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Example Times</title><entry><title>{title}</title>
<id>1</id><link href="https://times.example.com/1"/><published>2025-08-15T11:00:00Z</published>
<updated>{updated}</updated></entry></feed>"""


def atom(title: str, updated: str) -> Reply:
    return Reply(ATOM.format(title=title, updated=updated).encode())


def test_a_retitled_article_is_sent_again_once_with_the_time_of_its_update(
    server: FeedServer, start: Callable[..., Running]
) -> None:
    sink = FakeSink()
    server.replies["/feed"] = atom("Ferry missing", "2025-08-15T11:00:00Z")
    start(sink, "/feed")
    eventually(lambda: len(server.requests) > 2)
    server.replies["/feed"] = atom("Ferry found", "2025-08-15T12:30:00Z")
    eventually(lambda: len(sink.articles) == 2)
    count = len(server.requests)
    eventually(lambda: len(server.requests) > count + 3)
    assert [(each["title"], each["published_at"][11:16], each["updated_at"][11:16]) for each in wires(sink)] == [
        ("Ferry missing", "11:00", "11:00"),
        ("Ferry found", "11:00", "12:30"),
    ]
    assert len({each.article_id for each in sink.articles}) == 1


def wires(sink: FakeSink) -> list[dict[str, str]]:
    return [article.wire() for article in sink.articles]


def test_a_restart_visits_no_feed_before_it_is_due_and_sends_nothing_again(
    server: FeedServer, start: Callable[..., Running]
) -> None:
    sink = FakeSink()
    server.replies["/feed"] = Reply(rss("One"))
    running = start(sink, "/feed", interval_s=3_600)
    eventually(lambda: titles(sink) == ["One"])
    running.end()
    server.replies["/new"] = Reply(rss("One", "Two"))
    start(sink, "/feed", "/new", interval_s=3_600)
    eventually(lambda: titles(sink) == ["One", "Two"])
    assert len(server.asked("/feed")) == 1


def test_a_topic_that_was_made_anew_gets_everything_again(
    server: FeedServer, start: Callable[..., Running]
) -> None:
    def answer(request: Request) -> Reply:
        unchanged = request.headers.get("if-none-match") == '"v1"'
        return Reply(status=304) if unchanged else Reply(rss("One"), headers={"ETag": '"v1"'})

    server.replies["/feed"] = answer
    sent = []
    for topic in ("a", "a", "b", "b"):
        sink = FakeSink()
        visited = len(server.requests)
        running = start(sink, "/feed", interval_s=3_600, topic=topic)
        eventually(lambda: len(server.requests) > visited or topic in sent)  # noqa: B023
        running.end()
        sent += [topic] * len(sink.articles)
    assert sent == ["a", "b"]


def test_an_unchanged_feed_is_asked_for_with_its_validators(
    server: FeedServer, start: Callable[..., Running]
) -> None:
    def answer(request: Request) -> Reply:
        if request.headers.get("if-none-match") == '"v1"':
            return Reply(status=304)
        return Reply(rss("One"), headers={"ETag": '"v1"'})

    server.replies["/feed"] = answer
    start(FakeSink(), "/feed")
    eventually(lambda: len(server.requests) > 3)
    assert [request.headers.get("if-none-match") for request in server.requests][:3] == [None, '"v1"', '"v1"']


def test_one_bad_feed_never_stops_the_others(server: FeedServer, start: Callable[..., Running]) -> None:
    def hanging() -> Iterator[bytes]:
        time.sleep(3)
        yield b""

    server.replies.update(
        {
            "/html": Reply(b"<html>Not here</html>"),
            "/500": Reply(status=500),
            "/410": Reply(status=410),
            "/huge": Reply(b" " * 60_000),
            "/hangs": Reply(chunks=hanging),
            "/junk": Reply(bytes(range(256)) * 20),
            "/good": Reply(rss("Good")),
        }
    )
    sink = FakeSink()
    start(sink, "/html", "/500", "/410", "/missing", "/huge", "/hangs", "/junk", "/good")
    eventually(lambda: titles(sink) == ["Good"] and len(server.asked("/good")) > 5)
    assert len(server.asked("/410")) == 1


def test_a_mistake_of_ours_in_one_feed_stays_with_it(
    server: FeedServer, start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = read_feed

    def broken(body: bytes, url: str, content_type: str) -> object:
        if b"Bad" in body:
            raise ZeroDivisionError
        return read(body, url, content_type)

    monkeypatch.setattr(visit_module, "read_feed", broken)
    server.replies.update({"/bad": Reply(rss("Bad")), "/good": Reply(rss("Good"))})
    sink = FakeSink()
    start(sink, "/bad", "/good")
    eventually(lambda: titles(sink) == ["Good"])
    eventually(lambda: len(server.asked("/bad")) > 1)


def test_what_kafka_did_not_take_is_sent_with_a_later_visit(
    server: FeedServer, start: Callable[..., Running]
) -> None:
    def answer(request: Request) -> Reply:
        if request.headers.get("if-none-match"):
            return Reply(status=304)
        return Reply(rss("One", "Two"), headers={"ETag": '"v1"'})

    class Recovering(FakeSink):
        attempts = 0

        def send_raw(self, value: bytes, key: bytes | None) -> FakeDelivery:
            delivery = super().send_raw(value, key)
            if b"Two" in value:
                self.attempts += 1
                return FakeDelivery(lost=self.attempts < 3)
            return delivery

    server.replies["/feed"] = answer
    sink = Recovering()
    start(sink, "/feed")
    eventually(lambda: sink.attempts == 3)
    # Only now the validators are remembered, and nothing is sent any more.
    eventually(lambda: server.requests[-1].headers.get("if-none-match") == '"v1"')
    assert titles(sink) == ["One", "Two", "Two", "Two"]


def test_a_feed_that_moved_for_good_is_visited_at_its_new_address(
    server: FeedServer, start: Callable[..., Running]
) -> None:
    server.replies["/old"] = Reply(status=301, headers={"Location": "/new"})
    server.replies["/new"] = Reply(rss("One"))
    start(FakeSink(), "/old")
    eventually(lambda: len(server.asked("/new")) > 3)
    assert len(server.asked("/old")) == 1


def test_metrics_and_health_are_served_and_name_no_feed(server: FeedServer, start: Callable[..., Running]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server.replies["/feed"] = Reply(rss("One", ""))
    sink = FakeSink()
    start(sink, "/feed", "/missing", port=port)
    eventually(lambda: len(server.asked("/feed")) > 2)
    metrics = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert 'groundswell_producer_items_total{outcome="sent"} 1.0' in metrics
    assert 'groundswell_feeds{health="failing"} 1.0' in metrics
    assert 'groundswell_feeds{health="ok"} 1.0' in metrics
    assert "/feed" not in metrics
    assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    waiting = httpx.get(f"http://127.0.0.1:{port}/readyz")
    assert (waiting.status_code, waiting.json()["reason"][:17]) == (503, "kafka: no contact"), "there is none here"


def test_it_stops_at_once_although_all_feeds_are_due_later(
    server: FeedServer, start: Callable[..., Running]
) -> None:
    server.replies["/feed"] = Reply(rss("One"))
    sink = FakeSink()
    running = start(sink, "/feed", interval_s=3_600)
    eventually(lambda: bool(sink.articles))
    started = time.monotonic()
    running.end()
    assert time.monotonic() - started < 2
    assert sink.flushes == 1


def test_a_list_that_can_not_be_used_is_an_error_at_the_start(tmp_path: Path) -> None:
    settings = Settings(feeds=FeedsSettings(opml=tmp_path / "none.opml"))
    with pytest.raises(FeedListError):
        run_feeds(settings, FakeSink(), threading.Event())
