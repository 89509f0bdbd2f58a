"""A receiver of webhooks: an HTTP server that answers what it is told to, and can be killed and brought back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Hook(ThreadingHTTPServer):
    """Keeps what it got."""

    daemon_threads = True
    status = 200
    location = ""
    mute_from: int | None = None
    """The requests from this number on are taken in, and the connection is cut before the answer."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


@contextmanager
def running(hook: Hook) -> Iterator[Hook]:
    """Serves meanwhile."""
    with hook:
        threading.Thread(target=hook.serve_forever, args=(0.01,), daemon=True).start()
        yield hook
        hook.shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: Hook
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers.items()), body))
        if self.server.mute_from is not None and len(self.server.got) > self.server.mute_from:
            self.close_connection = True
            return
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
