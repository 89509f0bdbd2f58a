"""Clients that begin a request and never end it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Never-Ends: a"
BODY = b"POST /articles HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n"


@contextlib.contextmanager
def half_sent(port: int, begun: bytes, count: int = 300) -> Iterator[list[socket.socket]]:
    """So many connections to this port on which `begun` was sent."""
    clients = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(count)]
    try:
        for client in clients:
            send(client, begun)
        yield clients
    finally:
        for client in clients:
            client.close()


def send(client: socket.socket, data: bytes) -> None:
    """Send, unless the server has hung up."""
    with contextlib.suppress(OSError):
        client.sendall(data)


def still_open(clients: list[socket.socket]) -> int:
    """How many of the connections the server still holds; what it said is read and dropped."""
    return sum(_is_open(client) for client in clients)


def _is_open(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        while client.recv(65_536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False
