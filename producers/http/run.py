"""Serves the HTTP producer."""

from __future__ import annotations

import threading

import structlog
import uvicorn

from pipeline.adapters.kafka.ping import KafkaPing
from pipeline.runtime.contact_watch import ContactWatch
from pipeline.runtime.contacts import Contacts
from pipeline.runtime.door import Bounds, Door, server_config
from pipeline.runtime.listening import Place, listen, url_of
from pipeline.runtime.metrics import new_registry
from pipeline.settings import HttpSettings, Settings
from producers.http.app import create_app
from producers.sink import ArticleSink

log = structlog.get_logger(__name__)

GRACE_S = 30
"""For requests under way when the producer stops: they wait for Kafka."""
MAX_CONNECTIONS = 256
"""With a request under way, and as many that wait for theirs: bodies are held in memory."""
BODY_GRACE_S = 5.0
"""The answer to a body that is too slow (408) gets this long, before the connection is cut."""


def run_http(settings: Settings, producer: ArticleSink, stop: threading.Event) -> None:
    """Serve until `stop` is set, then finish the requests under way.

    Raises MissingTokenError without a token, and CanNotListenError where the port is taken.
    """
    registry, contacts = new_registry("http-producer"), Contacts()
    app = create_app(settings.http, producer, settings.clusterer.max_text_chars, registry, contacts)
    watch = ContactWatch(contacts, settings.metrics.contact_s, kafka=KafkaPing(settings.kafka))
    door = Door(_bounds(settings.http), registry)
    server = uvicorn.Server(server_config(app, door, timeout_graceful_shutdown=GRACE_S))
    # Bound here: uvicorn would end the process where the port is taken, instead of raising.
    with listen(Place(settings.http.host, settings.http.port, "http.port")) as listening, watch:
        # In a thread of its own: in the main thread uvicorn would take the signals from whoever set `stop`.
        thread = threading.Thread(target=server.run, args=([listening],), name="http-producer")
        thread.start()
        log.info("http producer started", address=url_of(settings.http.host, listening))
        _wait(stop, thread)
        server.should_exit = True
        thread.join()
    log.info("http producer stopped")


def _bounds(settings: HttpSettings) -> Bounds:
    return Bounds(
        MAX_CONNECTIONS, settings.connections_per_address, settings.head_timeout_s,
        settings.body_timeout_s + BODY_GRACE_S,
    )  # fmt: skip


def _wait(stop: threading.Event, thread: threading.Thread) -> None:
    """Until somebody wants to stop, or the server is gone."""
    while thread.is_alive() and not stop.wait(0.2):
        pass
