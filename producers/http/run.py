"""Serves the HTTP producer."""

from __future__ import annotations

import socket
import threading

import structlog
import uvicorn

from pipeline.settings import Settings
from producers.http.app import create_app
from producers.sink import ArticleSink

log = structlog.get_logger(__name__)

GRACE_S = 30
"""For requests under way when the producer stops: they wait for Kafka."""
MAX_CONNECTIONS = 256
"""Beyond this uvicorn answers 503 by itself: bodies are held in memory."""


def run_http(settings: Settings, producer: ArticleSink, stop: threading.Event) -> None:
    """Serve until `stop` is set, then finish the requests under way.

    Raises MissingTokenError without a token, and OSError where the port is taken.
    """
    app = create_app(settings.http, producer, settings.clusterer.max_text_chars)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    # Bound here: uvicorn would end the process where the port is taken, instead of raising.
    with socket.create_server((settings.http.host, settings.http.port)) as listening:
        # In a thread of its own: in the main thread uvicorn would take the signals from whoever set `stop`.
        thread = threading.Thread(target=server.run, args=([listening],), name="http-producer")
        thread.start()
        log.info("http producer started", host=settings.http.host, port=listening.getsockname()[1])
        _wait(stop, thread)
        server.should_exit = True
        thread.join()
    log.info("http producer stopped")


def _wait(stop: threading.Event, thread: threading.Thread) -> None:
    """Until somebody wants to stop, or the server is gone."""
    while thread.is_alive() and not stop.wait(0.2):
        pass
