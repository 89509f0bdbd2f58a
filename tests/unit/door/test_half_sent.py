"""Half-sent requests to the HTTP producer and to the board: nobody else is shut out, and they end in time."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from consumers.board.app import create_app as create_board
from consumers.board.board_metrics import BoardMetrics
from consumers.board.events import EventLog
from consumers.board.server import BoardServer, open_door
from consumers.board.view import StoryView
from pipeline.settings import BoardSettings, HttpSettings, Settings
from producers.http import run_http
from tests.support.half_sent import BODY, HEAD, half_sent, send, still_open
from tests.support.waiting import eventually
from tests.unit.producers.fakes import FakeSink

TOKEN = "a token for tests"
AUTH = f"Authorization: Bearer {TOKEN}\r\n".encode()
BEGUN = {"head": HEAD, "body": BODY + AUTH + b"\r\n{"}


@dataclass(frozen=True)
class Served:
    """A server of ours, and what a client who behaves asks of it."""

    port: int
    ask: Callable[[httpx.Client], httpx.Response]

    def works_for_others(self) -> bool:
        """Someone on a new connection gets an answer, and so does a supervisor."""
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=5) as client:
            return self.ask(client).is_success and client.get("/healthz").status_code == 200

    def shut(self, reason: str) -> float:
        text = httpx.get(f"http://127.0.0.1:{self.port}/metrics").text
        wanted = f'groundswell_door_shut_total{{reason="{reason}"'
        line = next(each for each in text.splitlines() if each.startswith(wanted))
        return float(line.rpartition(" ")[2])


@contextlib.contextmanager
def http_producer(**settings: Any) -> Iterator[Served]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stop = threading.Event()
    chosen = Settings(http=HttpSettings(port=port, token=TOKEN, **settings))
    thread = threading.Thread(target=run_http, args=(chosen, FakeSink(), stop))
    thread.start()
    served = Served(port, lambda client: client.post(
        "/articles", json={"title": "One"}, headers={"Authorization": f"Bearer {TOKEN}"}))  # fmt: skip
    eventually(lambda: _answers(port), what="the HTTP producer")
    try:
        yield served
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive(), "half-sent requests held the server up"


@contextlib.contextmanager
def board(**settings: Any) -> Iterator[Served]:
    log, metrics = EventLog(), BoardMetrics(CollectorRegistry())
    chosen = BoardSettings(**{name: value for name, value in settings.items() if name != "body_timeout_s"})
    app = create_board(StoryView(100, on_change=log.publish), log, chosen, metrics=metrics)
    server = BoardServer(app, log, open_door(chosen, metrics.registry))
    thread = threading.Thread(target=server.run, args=([socket.create_server(("127.0.0.1", 0))],))
    thread.start()
    eventually(lambda: server.started, what="the board")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(port, lambda client: client.get("/api/stories"))
    finally:
        server.end()
        thread.join(20)
    assert not thread.is_alive(), "half-sent requests held the server up"


def _answers(port: int) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    return False


doors = pytest.mark.parametrize("door", [http_producer, board])
parts = pytest.mark.parametrize("part", ["head", "body"])


@doors
@parts
def test_300_half_sent_requests_shut_nobody_out(
    door: Callable[..., AbstractContextManager[Served]], part: str
) -> None:
    bounds = {"connections_per_address": 50, "head_timeout_s": 60.0, "body_timeout_s": 60.0}
    with door(**bounds) as served, half_sent(served.port, BEGUN[part]) as clients:
        assert served.works_for_others()
        eventually(lambda: still_open(clients) <= 50, what="places given up")
        assert still_open(clients) > 40, "those that nobody else needs are kept"
        assert served.works_for_others()
        assert served.shut("crowded") >= 250


@doors
@parts
def test_a_half_sent_request_ends_in_time_however_it_drips(
    door: Callable[..., AbstractContextManager[Served]], part: str
) -> None:
    bounds = {"connections_per_address": 1_000, "head_timeout_s": 1.5, "body_timeout_s": 0.5}
    with door(**bounds) as served, half_sent(served.port, BEGUN[part], 100) as clients:
        begun = time.monotonic()
        assert served.works_for_others()
        while still_open(clients) and time.monotonic() - begun < 20:
            for client in clients:
                send(client, b"a")
            time.sleep(0.1)
        assert still_open(clients) == 0
        assert served.works_for_others()
        if part == "head" or door is board:
            assert served.shut(part) == 100


def test_a_connection_on_which_nothing_is_said_ends_too() -> None:
    with board(head_timeout_s=0.5) as served, half_sent(served.port, b"", 1) as clients:
        eventually(lambda: still_open(clients) == 0, what="hung up")
        assert served.shut("head") == 1


def test_a_second_request_on_a_connection_has_the_same_time_as_the_first() -> None:
    with board(head_timeout_s=1.0) as served:
        whole = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        with half_sent(served.port, whole + HEAD, 1) as clients:
            eventually(lambda: still_open(clients) == 0, what="hung up")
        assert served.shut("head") == 1


def test_live_updates_of_one_address_leave_room_for_other_requests() -> None:
    stream = b"GET /api/events HTTP/1.1\r\nHost: x\r\n\r\n"
    with board(connections_per_address=3) as served, half_sent(served.port, stream, 3) as clients:
        address = f"http://127.0.0.1:{served.port}"
        eventually(lambda: httpx.get(f"{address}/api/stories").status_code == 429, what="all places taken")
        refused = httpx.get(f"{address}/api/stories")
        assert int(refused.headers["Retry-After"]) > 0
        assert httpx.get(f"{address}/healthz").status_code == 200, "a supervisor is always answered"
        clients[0].close()
        eventually(lambda: httpx.get(f"{address}/api/stories").status_code == 200, what="a free place")
        assert served.shut("address") >= 2
