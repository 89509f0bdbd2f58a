"""/metrics, /healthz and /readyz for the roles that serve nothing else.

From daemon threads of the standard library's server: no event loop, no signal handlers, nothing that a busy
consumer could starve for long. A role with a web app of its own adds `door/operations.py` to it.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import structlog
from prometheus_client import CollectorRegistry

from pipeline.runtime.health import MAX_BEAT_AGE_S, OPERATIONS, Answer, Health, answer_operations
from pipeline.runtime.listening import Place, listen, url_of
from pipeline.runtime.metrics import new_registry

_READ_TIMEOUT_S = 5.0
"""A client that connects and says nothing gives its thread back after this."""

log = structlog.get_logger(__name__)


class Probe:
    """The HTTP server; a context manager. `url` says where it is, and so does the log.

    Raises CanNotListenError on entering where its port is taken and does not give way.
    """

    def __init__(
        self,
        place: Place,
        *,
        registry: CollectorRegistry | None = None,
        max_age_s: float = MAX_BEAT_AGE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registry = registry or new_registry("unnamed")
        self.health = Health(self.registry, max_age_s, clock)
        self._place = place
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """Where to reach it, without a path. Once entered."""
        assert self._server is not None
        return url_of(self._place.host, self._server.socket)

    def __enter__(self) -> Self:
        self._server = _Server(listen(self._place), _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="probe", daemon=True).start()
        log.info("metrics served", address=self.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    """A scraper that hangs must not hold up the end of the process."""

    def __init__(self, listening: socket.socket, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(listening.getsockname()[:2], handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A client that went away is its own affair; the default prints a traceback between the log lines."""
        log.debug("probe request failed", client=str(client_address), exc_info=True)


def _handler(probe: Probe) -> type[BaseHTTPRequestHandler]:
    """The request handler class, bound to this probe."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _READ_TIMEOUT_S
        server_version = "groundswell"
        sys_version = ""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path in OPERATIONS:
                self._answer(answer_operations(path, probe.health, probe.registry, self.headers.get("Accept")))
            else:
                reason = {"reason": "only /metrics, /healthz and /readyz are here"}
                self._answer(Answer(404, json.dumps(reason).encode(), "application/json"))

        def do_HEAD(self) -> None:
            self.do_GET()

        def _answer(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: a line per scrape would drown the log."""

    return Handler
