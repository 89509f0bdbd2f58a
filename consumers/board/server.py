"""The web server, which ends open event streams when it stops."""

from __future__ import annotations

import socket

import uvicorn
from fastapi import FastAPI

from consumers.board.events import EventLog

GRACE_S = 5
"""For requests under way when the server stops."""


class BoardServer(uvicorn.Server):
    """A uvicorn server over the board's app.

    uvicorn waits for open responses before it stops, and a stream of events never ends by itself.
    """

    def __init__(self, app: FastAPI, events: EventLog, host: str, port: int) -> None:
        super().__init__(uvicorn.Config(
            app, host=host, port=port, log_config=None, access_log=False, server_header=False,
            timeout_graceful_shutdown=GRACE_S, lifespan="off",
        ))
        self._events = events

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop as usual."""
        self._events.close()
        await super().shutdown(sockets)
