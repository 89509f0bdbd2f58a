"""A feed server on a real socket whose every answer a test decides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Callable[[], Iterator[bytes]] | None = None
    """Instead of `body`, for answers that drip or never end."""


@dataclass
class Request:
    path: str
    headers: dict[str, str]


@dataclass
class FeedServer:
    url: str
    replies: dict[str, Callable[[Request], Reply] | Reply] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]


@contextmanager
def feed_server(host: str = "127.0.0.1", port: int = 0) -> Iterator[FeedServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = Request(self.path, {name.lower(): value for name, value in self.headers.items()})
            server.requests.append(request)
            reply = server.replies.get(self.path, Reply(status=404))
            self._send(reply if isinstance(reply, Reply) else reply(request))

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            headers = {"Content-Type": "application/xml", **reply.headers}
            if reply.chunks is None and reply.status != 304:
                headers.setdefault("Content-Length", str(len(reply.body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for chunk in [reply.body] if reply.chunks is None else reply.chunks():
                    self.wfile.write(chunk)
            except OSError:
                pass  # the reader hung up, as some tests want

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer((host, port), Handler) as http:
        http.daemon_threads = True
        http.block_on_close = False
        server = FeedServer(f"http://{host}:{http.server_port}")
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        http.shutdown()


def rss(*titles: str, language: str = "en") -> bytes:
    items = "".join(
        f"<item><title>{title}</title><link>/news/{title}</link><guid>{title}</guid></item>" for title in titles
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Example Times: World</title>'
        f"<link>https://times.example.com/</link><language>{language}</language>{items}</channel></rss>"
    ).encode()
