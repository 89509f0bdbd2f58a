"""Pictures of stories: fetched by the board, made small, or not at all."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from consumers.board.app import create_app
from consumers.board.events import EventLog
from consumers.board.images import fetching, proxy
from consumers.board.images.cache import FAILED_S, KEPT_S, ImageCache
from consumers.board.images.routes import digest
from consumers.board.security import CONTENT_SECURITY_POLICY
from consumers.board.view import StoryView
from groundswell.record import StoryRecord
from pipeline.settings import BoardImages, BoardSettings
from pipeline.testing.articles import START
from pipeline.testing.clock import Clock
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, story
from tests.support.pictures import opened, picture
from tests.unit.producers.feed_server import FeedServer, Reply, feed_server

HOME = (ip_network("127.0.0.1/32"),)
SHOWN = Reply(picture(), headers={"Content-Type": "image/jpeg"})


@pytest.fixture
def outlet() -> Iterator[FeedServer]:
    with feed_server() as running:
        running.replies["/p.jpg"] = SHOWN
        yield running


def pictured(url: str | None, story_id: str = "a", **changes: Any) -> StoryRecord:
    return story(story_id, [member(OUTLETS[0], "Ferry sinks", START, image_url=url)], image_url=url, **changes)


def board(*records: StoryRecord, **changes: Any) -> FastAPI:
    view = StoryView(100)
    for record in records:
        view.apply(record)
    values = {"images": BoardImages.PROXY, "allow_addresses": HOME, **changes}
    return create_app(view, EventLog(gather_s=0), BoardSettings(**values))


def place(url: str, story_id: str = "a") -> str:
    return f"/images/{story_id}/{digest(url)}"


def test_a_picture_is_a_small_jpeg_that_browsers_may_keep(outlet: FeedServer) -> None:
    url = f"{outlet.url}/p.jpg"
    answer = TestClient(board(pictured(url))).get(place(url))
    assert answer.status_code == 200
    assert opened(answer.content).size == (800, 533)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "public, max-age=86400, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_nothing_of_the_reader_reaches_the_outlet(outlet: FeedServer) -> None:
    outlet.replies["/p.jpg"] = Reply(b"", 302, {"Location": "/q.jpg", "Set-Cookie": "id=1; Path=/"})
    outlet.replies["/q.jpg"] = Reply(b"", 404, {"Set-Cookie": "id=2; Path=/"})
    url = f"{outlet.url}/p.jpg"
    client = TestClient(board(pictured(url)), cookies={"lang": "de"})
    client.get(place(url), headers={"Referer": "http://testserver/stories/a", "Accept-Language": "de"})
    assert [request.path for request in outlet.requests] == ["/p.jpg", "/q.jpg"]
    for request in outlet.requests:
        assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}
        assert request.headers["user-agent"] == fetching.USER_AGENT


def test_only_pictures_of_records_are_fetched(outlet: FeedServer) -> None:
    held, other = f"{outlet.url}/p.jpg", f"{outlet.url}/other.jpg"
    client = TestClient(board(pictured(held), pictured(other, "hidden", hidden=True, article_count=0)))
    for path in (place(other), place(held, "b"), f"{place(held)}0", "/images/a/", "/images/a/..%2F..%2Fetc"):
        assert client.get(path).status_code == 404
    assert client.get(f"{place(held)}?url={other}").status_code == 400
    assert outlet.requests == []


def test_a_picture_that_its_story_no_longer_has_is_gone(outlet: FeedServer) -> None:
    before, now = f"{outlet.url}/p.jpg", f"{outlet.url}/q.jpg"
    client = TestClient(board(pictured(before), pictured(now, revision=9)))
    answer = client.get(place(before))
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")


def test_no_inner_address_is_connected_to(outlet: FeedServer) -> None:
    with feed_server("127.0.0.2") as inner:
        inner.replies["/p.jpg"] = SHOWN
        outlet.replies["/away.jpg"] = Reply(b"", 302, {"Location": f"{inner.url}/p.jpg"})
        direct, redirected = f"{inner.url}/p.jpg", f"{outlet.url}/away.jpg"
        client = TestClient(board(pictured(direct), pictured(redirected, "b")))
        assert client.get(place(direct)).status_code == 404
        assert client.get(place(redirected, "b")).status_code == 404
        assert inner.requests == []


def _endless() -> Iterator[bytes]:
    while True:
        yield b"\xff" * 65_536


def _dripping() -> Iterator[bytes]:
    for byte in picture():
        yield bytes([byte])
        time.sleep(0.2)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"", 500),
        Reply(b"", 404),
        Reply(picture(), headers={"Content-Type": "text/html"}),
        Reply(picture(), headers={"Content-Type": "image/svg+xml"}),
        Reply(b"<svg/>", headers={"Content-Type": "image/png"}),
        Reply(picture(2, 2), headers={"Content-Type": "image/jpeg"}),
        Reply(b"", 302, {"Location": "/p.jpg"}),
        Reply(b"", 302, {"Location": "file:///etc/passwd"}),
        Reply(b"", 302, {"Location": "http://127.0.0.1:99999/p.jpg"}),
        Reply(b"", 302, {"Location": "http://[::1"}),
        Reply(headers={"Content-Type": "image/jpeg"}, chunks=_endless),
        Reply(headers={"Content-Type": "image/jpeg"}, chunks=_dripping),
    ],
)
def test_what_cannot_be_had_is_asked_for_once_and_then_not_shown(
    outlet: FeedServer, reply: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching.ImageFetcher.__init__, "__defaults__", ((), 0.5))
    outlet.replies["/p.jpg"] = reply
    url = f"{outlet.url}/p.jpg"
    client = TestClient(board(pictured(url)))
    assert place(url) in client.get("/stories/a").text
    first = client.get(place(url))
    assert (first.status_code, first.headers["content-type"]) == (404, "application/problem+json")
    asked = len(outlet.requests)
    assert client.get(place(url)).status_code == 404
    assert len(outlet.requests) == asked
    for page in ("/", "/stories/a"):
        assert place(url) not in client.get(page).text


def test_a_picture_is_fetched_once_however_many_ask(outlet: FeedServer) -> None:
    def slow(_request: object) -> Reply:
        time.sleep(0.2)
        return SHOWN

    outlet.replies["/p.jpg"] = slow
    url = f"{outlet.url}/p.jpg"
    assert asyncio.run(ask(board(pictured(url)), [place(url)] * 20)) == [200] * 20
    assert len(outlet.requests) == 1


async def ask(app: FastAPI, paths: list[str]) -> list[int]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://board") as client:
        return [answer.status_code for answer in await asyncio.gather(*map(client.get, paths))]


def test_more_at_once_than_there_is_room_for_come_again(
    outlet: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "MAX_WAITING", 3)
    urls = [f"{outlet.url}/p.jpg?{number}" for number in range(5)]
    outlet.replies |= {url.removeprefix(outlet.url): SHOWN for url in urls}
    app = board(*(pictured(url, f"s{number}") for number, url in enumerate(urls)))
    statuses = asyncio.run(ask(app, [place(url, f"s{number}") for number, url in enumerate(urls)]))
    assert sorted(statuses) == [200, 200, 200, 503, 503]
    metrics = TestClient(app).get("/metrics").text
    assert 'groundswell_board_images_total{outcome="refused"} 2.0' in metrics
    assert 'groundswell_board_images_total{outcome="fetched"} 3.0' in metrics


def test_an_outlet_that_does_not_answer_holds_up_no_other(
    outlet: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "WAITING_OF_ONE_HOST", 20)
    answered = threading.Event()
    in_time: list[bool] = []

    def hanging(_request: object) -> Reply:
        in_time.append(answered.wait(8))
        return SHOWN

    async def shown_first(app: FastAPI, hung: list[str], other: str) -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://board") as client:
            waiting = asyncio.gather(*map(client.get, hung))
            await asyncio.sleep(0.1)
            first = await client.get(other)
            answered.set()
            return [first.status_code, *sorted(answer.status_code for answer in await waiting)]

    urls = [f"{outlet.url}/p.jpg?{number}" for number in range(22)]
    outlet.replies |= {url.removeprefix(outlet.url): hanging for url in urls}
    with feed_server() as quick:
        quick.replies["/p.jpg"] = SHOWN
        good = f"{quick.url}/p.jpg"
        app = board(pictured(good), *(pictured(url, f"s{number}") for number, url in enumerate(urls)))
        hung = [place(url, f"s{number}") for number, url in enumerate(urls)]
        assert asyncio.run(shown_first(app, hung, place(good))) == [200, *[200] * 20, 503, 503]
        assert all(in_time), "the other one waited for the hanging ones"


def test_outlets_are_not_asked_more_often_than_bounded(
    outlet: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "PER_MINUTE", 1)
    urls = [f"{outlet.url}/p.jpg", f"{outlet.url}/q.jpg"]
    client = TestClient(board(pictured(urls[0], "s0"), pictured(urls[1], "s1")))
    answers = [client.get(place(url, f"s{number}")) for number, url in enumerate(urls)]
    assert [each.status_code for each in answers] == [200, 503]
    assert answers[1].headers["retry-after"] == "5"


def test_a_board_that_shows_no_pictures_asks_for_none(outlet: FeedServer) -> None:
    url = f"{outlet.url}/p.jpg"
    client = TestClient(board(pictured(url), images=BoardImages.NEVER, public_url="https://news.example.com"))
    for page in ("/", "/stories/a"):
        html = client.get(page).text
        assert "/images/" not in html
        assert outlet.url not in html.replace("&#39;", "'")
    assert client.get(place(url)).status_code == 404
    assert outlet.requests == []
    assert client.get("/api/stories").json()["stories"][0]["image_url"] == url


def test_pictures_are_named_load_late_and_hold_their_place(outlet: FeedServer) -> None:
    url = f"{outlet.url}/p.jpg"
    client = TestClient(board(pictured(url)))
    for page in ("/", "/stories/a"):
        (tag,) = [each for each in client.get(page).text.split("<img ") if each.startswith('src="/images/')]
        assert f'alt="Picture published by {OUTLETS[0].name}"' in tag
        assert all(part in tag for part in ('loading="lazy"', 'width="', 'height="'))
        assert outlet.url not in tag
    assert outlet.requests == [], "a page fetches nothing"


def test_a_shared_link_shows_the_picture_where_the_address_of_the_board_is_known(outlet: FeedServer) -> None:
    url = f"{outlet.url}/p.jpg"
    known = TestClient(board(pictured(url), public_url="https://news.example.com/")).get("/stories/a").text
    assert f'<meta property="og:image" content="https://news.example.com{place(url)}">' in known
    assert "og:image" not in TestClient(board(pictured(url))).get("/stories/a").text
    assert (
        "og:image"
        not in TestClient(board(pictured(None), public_url="https://news.example.com")).get("/stories/a").text
    )


def test_the_document_describes_pictures(outlet: FeedServer) -> None:
    paths = TestClient(board()).get("/openapi.json").json()["paths"]
    assert "image/jpeg" in paths["/images/{story_id}/{digest}"]["get"]["responses"]["200"]["content"]


def test_what_is_kept_is_bounded_in_bytes_and_time() -> None:
    clock = Clock()
    cache = ImageCache(100_000, clock)
    for number in range(50):
        cache.put(f"u{number}", b"x" * 9_000)
    assert cache.bytes <= 100_000
    assert (cache.get("u0"), cache.get("u49")) == (None, b"x" * 9_000)
    cache.put("none", b"")
    clock.sleep(FAILED_S + 1)
    assert (cache.get("none"), cache.get("u49")) == (None, b"x" * 9_000)
    clock.sleep(KEPT_S)
    assert cache.get("u49") is None
    cache.put("huge", b"x" * 200_000)
    assert cache.get("huge") is None
