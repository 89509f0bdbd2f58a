"""The web server, which ends open event streams when it stops."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from consumers.board.events import MAX_READERS, EventLog
from pipeline.runtime.door import Bounds, Door, server_config
from pipeline.settings import BoardSettings

GRACE_S = 5
"""For requests under way when the server stops."""
MAX_CONNECTIONS = MAX_READERS + 500
"""With a request under way, and as many that wait for theirs: more than there may be streams of events."""


def open_door(settings: BoardSettings, registry: CollectorRegistry) -> Door:
    """The bounds of the board's settings. Nothing here takes a body, so a body gets no more time than a head."""
    seconds = settings.head_timeout_s
    bounds = Bounds(MAX_CONNECTIONS, settings.connections_per_address, head_s=seconds, body_s=seconds)
    return Door(bounds, registry)


class BoardServer(uvicorn.Server):
    """A uvicorn server over the board's app.

    uvicorn waits for open responses before it stops, and a stream of events never ends by itself. And it
    raises the signal again when it has stopped, which would kill the process before its last steps. `run` is
    given the sockets to serve: uvicorn would end the process where a port is taken.
    """

    def __init__(self, app: FastAPI, events: EventLog, door: Door | None = None) -> None:
        super().__init__(
            server_config(
                app,
                door or open_door(BoardSettings(), CollectorRegistry()),
                timeout_graceful_shutdown=GRACE_S,
                lifespan="off",
            )
        )
        self._events = events

    def end(self) -> None:
        """Stop as on SIGTERM; from any thread."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop as usual."""
        self._events.close()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT, and let the caller go on after that."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
