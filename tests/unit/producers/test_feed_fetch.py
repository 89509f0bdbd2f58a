"""Fetching a feed: conditional, bounded, and never an exception."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
from collections.abc import Iterator
from ipaddress import ip_network

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.feeds.fetch import (
    Answer,
    Failed,
    Fetched,
    Gone,
    NotModified,
    Validators,
    fetch,
    make_client,
)
from tests.unit.producers.feed_server import FeedServer, Reply, Request, feed_server, rss

LOOPBACK = ip_network("127.0.0.0/8")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    with feed_server() as running:
        yield running


def visit(
    url: str, validators: Validators | None = None, timeout_s: float = 5, max_bytes: int = 100_000
) -> Answer:
    async def once() -> Answer:
        async with make_client("Tester/1", timeout_s, 4, [LOOPBACK]) as client:
            return await fetch(client, url, validators or Validators(), timeout_s=timeout_s, max_bytes=max_bytes)

    return asyncio.run(once())


def test_a_feed_comes_with_its_validators(server: FeedServer) -> None:
    headers = {"ETag": '"v1"', "Last-Modified": "Fri, 15 Aug 2025 12:00:00 GMT"}
    server.replies["/feed"] = Reply(rss("One"), headers=headers)
    answer = visit(f"{server.url}/feed")
    assert isinstance(answer, Fetched)
    assert answer.body == rss("One")
    assert answer.validators == Validators('"v1"', "Fri, 15 Aug 2025 12:00:00 GMT")
    assert answer.moved_to is None


def test_requests_are_conditional_and_say_who_asks(server: FeedServer) -> None:
    server.replies["/feed"] = Reply(status=304)
    answer = visit(f"{server.url}/feed", Validators('W/"v1"', "Fri, 15 Aug 2025 12:00:00 GMT"))
    assert answer == NotModified(Validators('W/"v1"', "Fri, 15 Aug 2025 12:00:00 GMT"))
    (request,) = server.requests
    assert request.headers["if-none-match"] == 'W/"v1"'
    assert request.headers["if-modified-since"] == "Fri, 15 Aug 2025 12:00:00 GMT"
    assert request.headers["user-agent"] == "Tester/1"
    assert "gzip" in request.headers["accept-encoding"]


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"ETag": '"v2"'}, Validators('"v2"', "Fri, 15 Aug 2025 12:00:00 GMT")),
        ({"Last-Modified": "Fri, 15 Aug 2025 13:00:00 GMT"}, Validators('"v1"', "Fri, 15 Aug 2025 13:00:00 GMT")),
        ({}, Validators('"v1"', "Fri, 15 Aug 2025 12:00:00 GMT")),
    ],
)
def test_new_validators_of_a_304_are_kept(server: FeedServer, headers: dict[str, str], kept: Validators) -> None:
    server.replies["/feed"] = Reply(status=304, headers=headers)
    answer = visit(f"{server.url}/feed", Validators('"v1"', "Fri, 15 Aug 2025 12:00:00 GMT"))
    assert answer == NotModified(kept)


@pytest.mark.parametrize("status", [200, 304])
def test_an_answer_says_how_long_it_is_fresh(server: FeedServer, status: int) -> None:
    body = rss("One") if status == 200 else b""
    server.replies["/feed"] = Reply(body, status, {"Cache-Control": "public, max-age=900", "Age": "300"})
    answer = visit(f"{server.url}/feed")
    assert isinstance(answer, Fetched | NotModified)
    assert answer.fresh_s == 600


def test_gzip_is_unpacked(server: FeedServer) -> None:
    server.replies["/feed"] = Reply(gzip.compress(rss("One")), headers={"Content-Encoding": "gzip"})
    answer = visit(f"{server.url}/feed")
    assert isinstance(answer, Fetched)
    assert answer.body == rss("One")


def test_a_gzip_bomb_is_refused(server: FeedServer) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    server.replies["/feed"] = Reply(bomb, headers={"Content-Encoding": "gzip"})
    assert visit(f"{server.url}/feed") == Failed("larger than 100000 bytes")


def test_a_broken_encoding_is_a_failure(server: FeedServer) -> None:
    server.replies["/feed"] = Reply(b"no gzip", headers={"Content-Encoding": "gzip"})
    answer = visit(f"{server.url}/feed")
    assert isinstance(answer, Failed)
    assert answer.reason.startswith("DecodingError")


def test_an_endless_feed_is_refused_while_it_streams(server: FeedServer) -> None:
    written = 0

    def endless() -> Iterator[bytes]:
        nonlocal written
        while written < 500_000_000:
            written += 65_536
            yield b"x" * 65_536

    server.replies["/feed"] = Reply(chunks=endless)
    assert visit(f"{server.url}/feed") == Failed("larger than 100000 bytes")
    assert written < 50_000_000


def test_a_feed_that_drips_is_given_up_in_time(server: FeedServer) -> None:
    def dripping() -> Iterator[bytes]:
        for _ in range(100):
            time.sleep(0.05)
            yield b" "

    server.replies["/feed"] = Reply(chunks=dripping)
    started = time.monotonic()
    assert visit(f"{server.url}/feed", timeout_s=0.3) == Failed("no answer within 0.3 s")
    assert time.monotonic() - started < 2


def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        answer = visit(f"http://127.0.0.1:{mute.getsockname()[1]}/", timeout_s=0.2)
    assert isinstance(answer, Failed)
    assert answer.reason.startswith("no answer within 0.2 s")


@pytest.mark.parametrize(("first", "moved"), [(301, True), (308, True), (302, False), (307, False)])
def test_only_a_permanent_redirect_changes_the_address(server: FeedServer, first: int, moved: bool) -> None:
    server.replies["/old"] = Reply(status=first, headers={"Location": "/new"})
    server.replies["/new"] = Reply(rss("One"))
    answer = visit(f"{server.url}/old")
    assert isinstance(answer, Fetched)
    assert answer.url == f"{server.url}/new"
    assert answer.moved_to == (f"{server.url}/new" if moved else None)


def test_a_permanent_redirect_counts_up_to_the_first_temporary_one(server: FeedServer) -> None:
    server.replies["/a"] = Reply(status=301, headers={"Location": "/b"})
    server.replies["/b"] = Reply(status=302, headers={"Location": "/c"})
    server.replies["/c"] = Reply(rss("One"))
    answer = visit(f"{server.url}/a")
    assert isinstance(answer, Fetched)
    assert answer.moved_to == f"{server.url}/b"


def test_a_permanent_redirect_behind_a_temporary_one_changes_nothing(server: FeedServer) -> None:
    server.replies["/a"] = Reply(status=302, headers={"Location": "/b"})
    server.replies["/b"] = Reply(status=301, headers={"Location": "/c"})
    server.replies["/c"] = Reply(rss("One"))
    answer = visit(f"{server.url}/a")
    assert isinstance(answer, Fetched)
    assert answer.moved_to is None


def test_redirects_in_a_circle_are_a_failure(server: FeedServer) -> None:
    server.replies["/a"] = Reply(status=302, headers={"Location": "/a"})
    answer = visit(f"{server.url}/a")
    assert isinstance(answer, Failed)
    assert "TooManyRedirects" in answer.reason


@pytest.mark.parametrize(
    "location",
    ["ftp://a.example/x", "http://[bad", "http://a..b/", "javascript:1", "//", "http://0177.0.0.1/"],
)
def test_a_redirect_to_nowhere_is_a_failure(server: FeedServer, location: str) -> None:
    server.replies["/a"] = Reply(status=302, headers={"Location": location})
    assert isinstance(visit(f"{server.url}/a"), Failed)


def test_a_feed_that_is_gone_says_so(server: FeedServer) -> None:
    server.replies["/feed"] = Reply(status=410)
    assert visit(f"{server.url}/feed") == Gone()


@pytest.mark.parametrize("status", [204, 400, 403, 404, 500, 502])
def test_other_statuses_are_failures(server: FeedServer, status: int) -> None:
    server.replies["/feed"] = Reply(status=status)
    answer = visit(f"{server.url}/feed")
    assert isinstance(answer, Failed)
    assert answer.reason.startswith(f"HTTP {status}")
    assert not answer.throttled


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_wants_fewer_visits_says_when(server: FeedServer, status: int) -> None:
    server.replies["/feed"] = Reply(status=status, headers={"Retry-After": "120"})
    answer = visit(f"{server.url}/feed")
    assert isinstance(answer, Failed)
    assert (answer.retry_after_s, answer.throttled) == (120, True)


def test_a_closed_port_and_an_unknown_host_are_failures() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/", "http://no-such-host.invalid/"):
        assert isinstance(visit(url), Failed)


def test_a_server_that_speaks_no_http_is_a_failure(server: FeedServer) -> None:
    def cut(_request: Request) -> Reply:
        return Reply(b"short", headers={"Content-Length": "500"})

    server.replies["/feed"] = cut
    assert isinstance(visit(f"{server.url}/feed"), Failed)


WORDS = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=60)
DATES = st.sampled_from(["Fri, 15 Aug {} 12:01:00 GMT", "15 Aug 2025 {}:01:00 GMT", "15 Aug 2025 12:01 +{}"])
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Location": WORDS | st.builds("http://{}/".format, WORDS) | st.builds("//{}".format, WORDS),
        "Retry-After": WORDS | st.builds(lambda date, number: date.format(number), DATES, st.integers(0)),
        "Cache-Control": WORDS | st.builds("max-age={}".format, st.integers()),
        "Age": WORDS,
        "ETag": WORDS,
        "Content-Encoding": WORDS | st.sampled_from(["gzip", "gzip, gzip", "deflate", "identity"]),
    },
)


@given(st.sampled_from([200, 204, 301, 302, 303, 304, 307, 308, 404, 410, 429, 500, 503]), HEADERS, st.binary())
def test_whatever_a_server_sends_is_an_answer(status: int, headers: dict[str, str], body: bytes) -> None:
    def respond(_request: httpx.Request) -> httpx.Response:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        return httpx.Response(status, headers=raw, stream=httpx.ByteStream(body))

    async def once() -> Answer:
        async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as client:
            return await fetch(client, "https://a.example/", Validators(), timeout_s=5, max_bytes=100)

    assert isinstance(asyncio.run(once()), Fetched | NotModified | Gone | Failed)
