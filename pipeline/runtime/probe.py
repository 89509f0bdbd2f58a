"""/metrics, /healthz and /readyz for the roles that serve nothing else.

`Health` is the state: the loop beats, and says whether its dependencies are there. `Probe` serves it over
HTTP from daemon threads of the standard library's server: no event loop, no signal handlers, nothing that a
busy consumer could starve for long. A role with a web app of its own (the board, the HTTP producer) uses
`Health` and answers with its `healthz()` and `readyz()`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import structlog
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import choose_encoder

from pipeline.runtime.metrics import new_registry

MAX_BEAT_AGE_S = 60.0
"""Above the slowest honest turn of a loop: a batch of long texts on a loaded machine, a Kafka time-out."""
_READ_TIMEOUT_S = 5.0
"""A client that connects and says nothing gives its thread back after this."""

log = structlog.get_logger(__name__)

Answer = tuple[int, dict[str, Any]]
"""HTTP status and the JSON body."""


class Health:
    """Whether a role's loop makes progress, and whether it can do its work. Safe to share between threads."""

    def __init__(
        self,
        registry: CollectorRegistry,
        max_age_s: float = MAX_BEAT_AGE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._max_age_s = max_age_s
        self._last_beat = clock()
        self._readiness: tuple[bool, str] = (False, "starting")
        self._ready_gauge = Gauge(
            "groundswell_ready", "1 while the role's dependencies are there, else 0", registry=registry)
        self._beat_gauge = Gauge(
            "groundswell_last_beat_timestamp_seconds", "When the role's loop last went round",
            registry=registry)
        self._beat_gauge.set_to_current_time()

    def beat(self) -> None:
        """The loop went round once. Call it also when there was nothing to do."""
        self._last_beat = self._clock()
        self._beat_gauge.set_to_current_time()

    def alive(self, max_age_s: float | None = None) -> bool:
        """True where the last beat is at most this old."""
        return self._age_s() <= (self._max_age_s if max_age_s is None else max_age_s)

    def set_ready(self, ready: bool, reason: str = "") -> None:
        """Say whether the role can do its work now, and if not, what it waits for."""
        self._readiness = (ready, reason)
        self._ready_gauge.set(ready)

    def healthz(self) -> Answer:
        """200 while the loop makes progress; a supervisor restarts the role on 503."""
        age_s = round(self._age_s(), 3)
        if self.alive():
            return 200, {"status": "ok", "last_beat_age_s": age_s}
        reason = f"the loop made no progress for {age_s:.0f} s (at most {self._max_age_s:.0f} s is healthy)"
        return 503, {"status": "stuck", "reason": reason, "last_beat_age_s": age_s}

    def readyz(self) -> Answer:
        """200 while the dependencies are there; nobody restarts anything on 503, work just waits."""
        ready, reason = self._readiness
        if ready:
            return 200, {"status": "ready"}
        return 503, {"status": "not ready", "reason": reason}

    def _age_s(self) -> float:
        return self._clock() - self._last_beat


class Probe:
    """The HTTP server; a context manager. Port 0 takes any free port, `port` says which.

    Raises OSError on entering where the port is taken: two roles with one port are a mistake to show.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        registry: CollectorRegistry | None = None,
        max_age_s: float = MAX_BEAT_AGE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.registry = registry or new_registry("unnamed")
        self.health = Health(self.registry, max_age_s, clock)
        self._address = (host, port)
        self._server: ThreadingHTTPServer | None = None

    def beat(self) -> None:
        """The loop went round once. Call it also when there was nothing to do."""
        self.health.beat()

    def alive(self, max_age_s: float | None = None) -> bool:
        """True where the last beat is at most this old."""
        return self.health.alive(max_age_s)

    def set_ready(self, ready: bool, reason: str = "") -> None:
        """Say whether the role can do its work now, and if not, what it waits for."""
        self.health.set_ready(ready, reason)

    @property
    def port(self) -> int:
        """The port in use; that of the settings until the server runs."""
        return self._server.server_port if self._server else self._address[1]

    @property
    def url(self) -> str:
        """Where to reach it, without a path."""
        return f"http://{self._address[0]}:{self.port}"

    def __enter__(self) -> Self:
        self._server = _Server(self._address, _handler(self))
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="probe", daemon=True).start()
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
            if path == "/metrics":
                encode, content_type = choose_encoder(self.headers.get("Accept") or "")
                self._answer(200, encode(probe.registry), content_type)
            elif path in ("/healthz", "/readyz"):
                self._json(*(probe.health.healthz() if path == "/healthz" else probe.health.readyz()))
            else:
                self._json(404, {"reason": "only /metrics, /healthz and /readyz are here"})

        def do_HEAD(self) -> None:
            self.do_GET()

        def _json(self, status: int, body: dict[str, Any]) -> None:
            self._answer(status, json.dumps(body).encode(), "application/json")

        def _answer(self, status: int, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: a line per scrape would drown the log."""

    return Handler
