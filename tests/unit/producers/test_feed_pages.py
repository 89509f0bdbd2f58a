"""Whole texts from the pages of articles: what is taken, and how politely."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from pipeline.settings import FeedsSettings
from producers.feeds.database import Database
from producers.feeds.feed_metrics import FeedMetrics, Page, Visit
from producers.feeds.fetch import NO_VALIDATORS, Fetched, make_client
from producers.feeds.opml import FeedSource
from producers.feeds.pages import main_text
from producers.feeds.seen import SeenArticles
from producers.feeds.state import FeedStates
from producers.feeds.visit import Visitor, VisitReport
from tests.unit.producers.fakes import FakeSink
from tests.unit.producers.feed_server import FeedServer, Reply, Request, feed_server

TEASER = "Nine kilometres of cycle lanes."
BODY = (
    "The council approved nine kilometres of cycle lanes on Tuesday, after a debate of four hours. ",
    "Work starts in May, said councillor Ned Abbot, and ends before winter, if the weather is kind to builders. ",
    "Shopkeepers on Mill Lane fear for their parking spaces, and want to hear from the mayor this month. ",
)
PAGE = (
    "<html><head><meta charset='{encoding}'><title>Lanes</title></head><body>"
    "<nav><a href='/'>Home</a> <a href='/sports'>Sports</a></nav><article><h1>Lanes</h1>"
    + "".join(f"<p>{each}</p>" for each in BODY)
    + "<p>{last}</p></article><footer>All rights reserved by the Example Times</footer></body></html>"
)


def page(last: str = "All ends well.", encoding: str = "utf-8") -> Reply:
    return Reply(PAGE.format(last=last, encoding=encoding).encode(encoding), headers={"Content-Type": "text/html"})


def feed(base: str, *names: str, text: str = TEASER) -> Reply:
    items = "".join(
        f"<item><title>{each}</title><link>{base}/{each}</link><description>{text}</description></item>"
        for each in names
    )
    document = f"<rss version='2.0'><channel><title>Example Times</title>{items}</channel></rss>"
    return Reply(document.encode(), headers={"ETag": '"1"'})


class Producer:
    """A feeds producer that visits one feed whose list wants whole texts."""

    def __init__(self, server: FeedServer, state: Path, full_text: bool = True, **settings: object) -> None:
        self.sink = FakeSink()
        self.metrics = FeedMetrics(CollectorRegistry())
        self._server = server
        self._state = state
        self._source = FeedSource(f"{server.url}/feed", full_text=full_text)
        self._settings = FeedsSettings.model_validate(
            {
                "user_agent": "Tester/1",
                "state": state,
                "page_delay_s": 0.01,
                "timeout_s": 2,
                "allow_addresses": ["127.0.0.0/8"],
                **settings,
            }
        )

    def visit(self, visits: int = 1) -> list[VisitReport]:
        return asyncio.run(self._visit(visits))

    async def _visit(self, visits: int) -> list[VisitReport]:
        settings = self._settings
        with Database(self._state) as database:
            feed, state = FeedStates(database).load(self._source.url)
            async with make_client(settings.user_agent, 2, 4, settings.allow_addresses) as client:
                seen = SeenArticles(database)
                visitor = Visitor(client, self.sink, settings, self.metrics, seen, lambda *_: None)
                return [await visitor.visit(self._source, feed, state) for _ in range(visits)]

    def texts(self) -> list[str]:
        return [each.text for each in self.sink.articles]

    def pages(self, result: Page) -> float:
        return float(self.metrics.pages.labels(result)._value.get())


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


@pytest.fixture
def producer(server: FeedServer, tmp_path: Path) -> Callable[..., Producer]:
    return lambda **settings: Producer(server, tmp_path / "feeds.db", **settings)


def test_the_text_of_the_page_without_what_stands_around_it_replaces_the_teaser(
    server: FeedServer, producer: Callable[..., Producer]
) -> None:
    server.replies |= {"/feed": feed(server.url, "a"), "/a": page()}
    one = producer()
    one.visit()
    (text,) = one.texts()
    assert all(each.strip() in text for each in BODY)
    assert "Sports" not in text
    assert "rights reserved" not in text
    assert one.pages(Page.READ) == 1


def test_a_feed_whose_list_does_not_ask_for_it_has_no_page_fetched(
    server: FeedServer, producer: Callable[..., Producer]
) -> None:
    server.replies |= {"/feed": feed(server.url, "a"), "/a": page()}
    one = producer(full_text=False)
    one.visit()
    assert one.texts() == [TEASER]
    assert [each.path for each in server.requests] == ["/feed"]


def test_what_was_sent_whole_is_not_sent_again_until_its_feed_changes(
    server: FeedServer, producer: Callable[..., Producer]
) -> None:
    server.replies |= {"/feed": feed(server.url, "a"), "/a": page()}
    one = producer()
    one.visit(3)
    assert (len(one.texts()), len(server.asked("/a"))) == (1, 1)
    server.replies |= {"/feed": feed(server.url, "a", text="Eight kilometres."), "/a": page("Corrected.")}
    one.visit()
    assert len(one.texts()) == 2
    assert "Corrected." in one.texts()[1]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500),
        Reply(b"<html><body><script>fill()</script></body></html>", headers={"Content-Type": "text/html"}),
        Reply(PAGE.encode(), headers={"Content-Type": "application/pdf"}),
        Reply(b"\xff\xfe<html" * 1_000, headers={"Content-Type": "text/html"}),
        Reply(b"x" * 3_100_000, headers={"Content-Type": "text/html"}),
        Reply(status=302, headers={"Location": "/a"}),
        Reply(status=302, headers={"Location": "ftp://example.com/a"}),
        Reply(status=302, headers={"Location": "http://10.0.0.1/a"}),
    ],
)
def test_a_page_without_a_longer_text_leaves_the_article_as_it_is(
    server: FeedServer, producer: Callable[..., Producer], reply: Reply
) -> None:
    server.replies |= {"/feed": feed(server.url, "a"), "/a": reply}
    one = producer()
    (report,) = one.visit()
    assert (report.result, one.texts()) == (Visit.FETCHED, [TEASER])
    assert one.pages(Page.READ) == 0


@pytest.mark.parametrize("moved", [False, True])
def test_an_article_whose_page_is_gone_for_good_is_sent_as_withdrawn_now_and_once(
    server: FeedServer, producer: Callable[..., Producer], moved: bool
) -> None:
    server.replies |= {"/feed": feed(server.url, "a", "b"), "/b": page(), "/there": Reply(status=410)}
    server.replies["/a"] = Reply(status=301, headers={"Location": "/there"}) if moved else Reply(status=410)
    begun = datetime.now(UTC)
    one = producer()
    one.visit(2)
    assert [(each.title, each.withdrawn) for each in one.sink.articles] == [("a", True), ("b", False)]
    updated = one.sink.articles[0].updated_at
    assert updated is not None
    assert begun <= updated <= datetime.now(UTC)
    assert one.pages(Page.GONE) == 1


def test_an_article_that_stood_is_withdrawn_when_its_page_has_gone_by_the_time_its_feed_changes_it(
    server: FeedServer, producer: Callable[..., Producer]
) -> None:
    server.replies |= {"/feed": feed(server.url, "a"), "/a": page()}
    one = producer()
    one.visit()
    server.replies |= {"/feed": feed(server.url, "a", text="Taken back."), "/a": Reply(status=410)}
    one.visit()
    first, last = one.sink.articles
    assert (first.withdrawn, last.withdrawn) == (False, True)
    assert first.article_id == last.article_id


ROBOTS = b"User-agent: *\nDisallow: /\n\nUser-agent: Tester\nDisallow: /no\n"


def test_what_robots_txt_forbids_is_not_fetched_and_still_sent(
    server: FeedServer, producer: Callable[..., Producer]
) -> None:
    server.replies |= {"/feed": feed(server.url, "a", "no/b"), "/a": page(), "/no/b": page()}
    server.replies["/robots.txt"] = Reply(ROBOTS)
    one = producer()
    one.visit(2)
    assert sorted(len(each) > len(TEASER) for each in one.texts()) == [False, True]
    assert server.asked("/no/b") == []
    assert len(server.asked("/robots.txt")) == 1
    assert one.pages(Page.FORBIDDEN) == 1


@pytest.mark.parametrize(("status", "fetched"), [(404, 1), (403, 1), (410, 1), (500, 0), (503, 0), (429, 0)])
def test_without_a_robots_txt_all_is_free_and_while_it_cannot_be_had_nothing_is(
    server: FeedServer, producer: Callable[..., Producer], status: int, fetched: int
) -> None:
    server.replies |= {"/feed": feed(server.url, "a"), "/a": page(), "/robots.txt": Reply(status=status)}
    producer().visit()
    assert len(server.asked("/a")) == fetched


def test_a_redirect_is_followed_only_where_the_host_that_it_leads_to_allows_it(
    server: FeedServer, producer: Callable[..., Producer]
) -> None:
    def robots(request: Request) -> Reply:
        return Reply(ROBOTS if request.headers["host"].startswith("localhost") else b"")

    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.replies |= {"/feed": feed(server.url, "a", "b"), "/robots.txt": robots, "/yes": page(), "/no": page()}
    server.replies["/a"] = Reply(status=302, headers={"Location": f"{elsewhere}/yes"})
    server.replies["/b"] = Reply(status=302, headers={"Location": f"{elsewhere}/no"})
    one = producer()
    one.visit()
    assert (len(server.asked("/yes")), len(server.asked("/no"))) == (1, 0)
    assert (one.pages(Page.READ), one.pages(Page.FORBIDDEN)) == (1, 1)


def test_a_host_gets_one_request_at_a_time_with_the_pause_that_it_asks_for(
    server: FeedServer, producer: Callable[..., Producer]
) -> None:
    spans: list[tuple[float, float]] = []
    lock = threading.Lock()

    def slow(_request: Request) -> Reply:
        begun = time.monotonic()
        time.sleep(0.02)
        with lock:
            spans.append((begun, time.monotonic()))
        return page()

    names = ("a", "b", "c")
    server.replies |= {"/feed": feed(server.url, *names), **{f"/{each}": slow for each in names}}
    server.replies["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 0.2\n")
    producer(page_delay_s=0.1).visit()
    spans.sort()
    assert len(spans) == 3
    assert all(later[0] - earlier[1] >= 0.15 for earlier, later in itertools.pairwise(spans))


def test_articles_beyond_the_pages_of_one_visit_wait_for_the_next_and_none_is_lost(
    server: FeedServer, producer: Callable[..., Producer]
) -> None:
    names = ("a", "b", "c", "d", "e")
    server.replies |= {"/feed": feed(server.url, *names), **{f"/{each}": page() for each in names}}
    one = producer(pages_per_visit=2)
    reports = one.visit(4)
    assert [each.validators == NO_VALIDATORS for each in reports] == [True, True, False, False]
    assert [each.title for each in one.sink.articles] == list(names)
    assert one.pages(Page.READ) == 5


def test_articles_do_not_wait_for_a_host_that_asks_for_pauses_of_an_hour(
    server: FeedServer, producer: Callable[..., Producer]
) -> None:
    server.replies |= {"/feed": feed(server.url, "a"), "/a": page()}
    server.replies["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 3600\n")
    one = producer()
    one.visit()
    assert (one.texts(), server.asked("/a")) == ([TEASER], [])


def fetched(body: bytes, content_type: str = "text/html") -> Fetched:
    return Fetched(body, "https://example.com/a", {"content-type": content_type}, NO_VALIDATORS)


def test_a_page_is_read_in_its_encoding() -> None:
    russian = "Мэр Каменска открыл новый мост через реку, и жители празднуют это уже третий день подряд."
    for encoding in ("windows-1251", "koi8-r", "utf-8"):
        document = PAGE.format(last=russian, encoding=encoding).encode(encoding)
        assert russian in main_text(fetched(document))
        assert russian in main_text(fetched(document.replace(b"<meta", b"<x"), f"text/html; charset={encoding}"))


@given(st.binary(max_size=300))
def test_no_page_raises(body: bytes) -> None:
    main_text(fetched(b"<html><body><p>" + body)).encode()
