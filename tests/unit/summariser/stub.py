"""A chat completions endpoint on a real socket that answers what a test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Stub:
    """What the server was asked, and how it answers."""

    url: str
    status: int = 200
    failures: int = 0
    """This many requests get status 503 first."""
    delay_s: float = 0.0
    drip: bool = False
    """Send the answer byte by byte."""
    answer: Callable[[list[dict[str, Any]]], str] = lambda articles: "{}"
    """The model's text, given the articles that it was shown."""
    raw: bytes | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def body(self, request: dict[str, Any]) -> bytes:
        if self.raw is not None:
            return self.raw
        articles = json.loads(request["messages"][-1]["content"])
        return json.dumps({"choices": [{"message": {"content": self.answer(articles)}}]}).encode()


@contextmanager
def serving() -> Iterator[Stub]:
    """The stub, up for the duration."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            stub.requests.append(request)
            stub.headers.append({name.lower(): value for name, value in self.headers.items()})
            time.sleep(stub.delay_s)
            status = 503 if len(stub.requests) <= stub.failures else stub.status
            body = stub.body(request)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            try:
                if not stub.drip:
                    self.wfile.write(body)
                for byte in body if stub.drip else b"":
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.05)
            except OSError:
                # The client gave up, which is what some tests want.
                pass

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub = Stub(f"http://127.0.0.1:{server.server_address[1]}/v1")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
