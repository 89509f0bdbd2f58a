"""uvicorn's HTTP protocol, with a time limit on whatever it waits for."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from pipeline.runtime.door.bounds import Shut
from pipeline.runtime.door.door import Door, client_of
from pipeline.runtime.health import OPERATIONS

RESERVED = frozenset(OPERATIONS)
"""Always answered: a server that is busy is alive, and a supervisor that can't see it would restart it."""
_REFUSALS = {
    Shut.ADDRESS: (429, b"too many requests under way from this address\n"),
    Shut.FULL: (503, b"too many requests under way\n"),
}
RETRY_AFTER_S = b"5"


class BoundedProtocol(H11Protocol):
    """One connection; it says whose turn it is whenever that may have changed."""

    door: ClassVar[Door]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.address = ""
        self._served = self.app
        self.app = self._serve
        self._waits_for: Shut | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._unsent = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; its request is not."""
        super().connection_made(transport)
        self.address = client_of(self.client[0]) if self.client else ""
        self._look()

    def data_received(self, data: bytes) -> None:
        """More of a request, or the next one."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """An answer was handed over; the rest of it may still wait for the client to take it."""
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        """The client is slower than we are."""
        super().pause_writing()
        self._look()

    def resume_writing(self) -> None:
        """It took what was there."""
        super().resume_writing()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self._stop_timer()
        self.door.leave(self)
        super().connection_lost(exc)

    def give_up(self, reason: Shut) -> None:
        """Close at once, whatever is unsent: the client had its time."""
        self._stop_timer()
        self.door.metrics.shut(reason)
        self.transport.abort()

    def _look(self) -> None:
        """Whose turn is it? A limit runs from the moment on which it became the client's, whatever drips in."""
        waits_for = self._turn()
        if waits_for is self._waits_for and self._timer is not None:
            return
        self._waits_for = waits_for
        self._stop_timer()
        if waits_for is None:
            self.door.work(self)
        else:
            self._start_timer(waits_for)
            self.door.wait(self)

    def _turn(self) -> Shut | None:
        """What the client has to do now; None where it is for us to do something."""
        if self.flow.write_paused or self.transport.is_closing():
            return Shut.ANSWER
        if self.conn.their_state is h11.IDLE:
            return Shut.HEAD
        return Shut.BODY if self.conn.their_state is h11.SEND_BODY else None

    def _start_timer(self, waits_for: Shut) -> None:
        bounds = self.door.bounds
        seconds = {Shut.HEAD: bounds.head_s, Shut.BODY: bounds.body_s, Shut.ANSWER: bounds.answer_s}[waits_for]
        self._unsent = self.transport.get_write_buffer_size()
        self._timer = self.loop.call_later(seconds, self._late, waits_for)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self, waits_for: Shut) -> None:
        """The time is over; an answer that makes progress on a slow line gets more."""
        if waits_for is Shut.ANSWER and self.transport.get_write_buffer_size() < self._unsent:
            self._start_timer(waits_for)
        else:
            self.give_up(waits_for)

    async def _serve(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """The application, or a short answer where too much is under way."""
        reason = None if scope["type"] == "http" and scope["path"] in RESERVED else self.door.refusal(self)
        if reason is None:
            await self._served(scope, receive, send)
            return
        self.door.metrics.shut(reason)
        await _refuse(*_REFUSALS[reason], send)


async def _refuse(status: int, text: bytes, send: ASGISendCallable) -> None:
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode()),
        (b"retry-after", RETRY_AFTER_S), (b"connection", b"close"),
    ]  # fmt: skip
    await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": text, "more_body": False})
