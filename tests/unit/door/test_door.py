"""Who gives up a place, and when."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from prometheus_client import CollectorRegistry

from pipeline.runtime.door import Bounds, Door, Shut, server_config
from pipeline.runtime.door.door import client_of
from tests.support.half_sent import still_open
from tests.support.waiting import eventually


class Client:
    """A connection that remembers why it was closed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.closed: Shut | None = None

    def give_up(self, reason: Shut) -> None:
        self.closed = reason


def door(connections: int, per_address: int) -> Door:
    return Door(Bounds(connections, per_address), CollectorRegistry())


def arrive(door: Door, *addresses: str) -> list[Client]:
    clients = [Client(address) for address in addresses]
    for client in clients:
        door.wait(client)
    return clients


def test_who_waited_longest_of_an_address_gives_its_place_to_the_next_of_that_address() -> None:
    clients = arrive(door(100, 2), "a", "b", "a", "a", "a")
    assert [client.closed for client in clients] == [Shut.CROWDED, None, Shut.CROWDED, None, None]


def test_where_all_places_are_taken_the_address_that_holds_most_gives_one_up() -> None:
    clients = arrive(door(4, 100), "a", "b", "b", "b", "c", "d")
    assert [client.closed for client in clients] == [None, Shut.CROWDED, Shut.CROWDED, None, None, None]


def test_a_connection_whose_request_is_under_way_is_never_closed_for_another() -> None:
    place = door(2, 1)
    busy = arrive(place, "a")[0]
    place.work(busy)
    assert [client.closed for client in arrive(place, "a", "a")] == [Shut.CROWDED, None]
    assert busy.closed is None


def test_an_address_has_so_many_requests_under_way_and_all_together_so_many() -> None:
    place = door(3, 2)
    working = arrive(place, "a", "a", "b")
    for client in working:
        assert place.refusal(client) is None
        place.work(client)
    assert [place.refusal(client) for client in working] == [None] * 3, "its own request does not count"
    assert place.refusal(Client("a")) is Shut.ADDRESS
    assert place.refusal(Client("c")) is Shut.FULL
    place.leave(working[0])
    assert place.refusal(Client("a")) is None


@pytest.mark.parametrize(("one", "other", "same"), [
    ("192.0.2.1", "192.0.2.2", False),
    ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
    ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ("::ffff:192.0.2.1", "192.0.2.1", True),
    ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ("fe80::1%eth0", "fe80::2%eth0", True),
    ("a socket file", "another", False),
])  # fmt: skip
def test_an_ipv6_client_is_its_network_since_it_has_all_of_it(one: str, other: str, same: bool) -> None:
    assert (client_of(one) == client_of(other)) is same


def test_a_process_that_may_open_few_files_has_few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _which: (264, 1_024))
    assert Bounds(5_000, 10).places == 100
    assert Bounds(50, 10).places == 50


# On real sockets.

ANSWER = b"x" * 30_000_000
"""More than the kernel keeps for a client that reads nothing."""


@contextlib.contextmanager
def served(app: Any, bounds: Bounds) -> Iterator[int]:
    """The port of an application behind a door."""
    config = server_config(app, Door(bounds, CollectorRegistry()), host="127.0.0.1", port=0, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started, what="the server")
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
    assert not thread.is_alive()


async def large(_scope: Any, _receive: Any, send: Any) -> None:
    headers = [(b"content-length", str(len(ANSWER)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": ANSWER})


def asking(port: int, extra: bytes = b"") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=5)
    client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n" + extra + b"\r\n")
    return client


@pytest.mark.parametrize("extra", [b"", b"Connection: close\r\n"])
def test_a_client_that_does_not_take_its_answer_is_cut_off(extra: bytes) -> None:
    with served(large, Bounds(10, 10, answer_s=0.5)) as port, asking(port, extra) as client:
        threading.Event().wait(2)
        taken = 0
        with contextlib.suppress(ConnectionError):
            while data := client.recv(1_000_000):
                taken += len(data)
        assert 0 < taken < len(ANSWER)


def test_a_slow_client_that_takes_its_answer_gets_all_of_it() -> None:
    with served(large, Bounds(10, 10, answer_s=0.5)) as port, asking(port, b"Connection: close\r\n") as client:
        taken = 0
        while data := client.recv(1_000_000):
            taken += len(data)
            threading.Event().wait(0.05)  # about 1.5 s in all
        assert taken > len(ANSWER)


def test_health_is_answered_while_every_place_is_taken() -> None:
    release = threading.Event()

    async def slow(scope: Any, _receive: Any, send: Any) -> None:
        while scope["path"] == "/large" and not release.is_set():
            await asyncio.sleep(0.01)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with served(slow, Bounds(2, 10)) as port, asking(port) as one, asking(port) as two:
        address = f"http://127.0.0.1:{port}"
        eventually(lambda: httpx.get(f"{address}/").status_code == 503, what="all places taken")
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert still_open([one, two]) == 2
        release.set()
        eventually(lambda: httpx.get(f"{address}/").status_code == 200, what="a free place")
