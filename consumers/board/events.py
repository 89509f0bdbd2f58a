"""Live changes for many readers: one bounded log, and a cursor per reader.

No reader has a queue of its own, so a slow one costs nothing: it skips to the latest change of each story,
and one that fell out of the log is told to reload.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from consumers.board.view import Change

KEPT_EVENTS = 4_096
"""How far a reader may fall behind, or be away, before it has to reload."""
MAX_READERS = 2_000
"""Open streams at once; each holds a socket."""
GATHER_S = 0.25
"""A burst of changes is gathered this long, so that a reader gets the last one of each story."""


class TooManyReadersError(Exception):
    """No further stream can be opened now."""


@dataclass(slots=True)
class Event:
    """A change with its place in the log; `change` is None where the reader must reload."""

    id: int
    change: Change | None
    wire: bytes | None = field(default=None, compare=False)
    """As it is sent, encoded by the first reader for all of them."""


@dataclass(eq=False, slots=True)
class _Reader:
    loop: asyncio.AbstractEventLoop
    wake: asyncio.Event


class EventLog:
    """The log. `publish` may be called from any thread, `follow` runs in event loops."""

    def __init__(
        self, kept: int = KEPT_EVENTS, max_readers: int = MAX_READERS, gather_s: float = GATHER_S
    ) -> None:
        # Ids grow also over restarts, and stay below 2**53, so that JavaScript holds them.
        self._last_id = time.time_ns() // 1_000_000 * 1_000
        self._first_id = self._last_id
        self._events: deque[Event] = deque(maxlen=kept)
        self._readers: set[_Reader] = set()
        self._max_readers = max_readers
        self._gather_s = gather_s
        self._closed = False
        self._lock = threading.Lock()

    @property
    def last_id(self) -> int:
        """Id of the latest event."""
        return self._last_id

    @property
    def reader_count(self) -> int:
        """Open streams."""
        return len(self._readers)

    @property
    def is_full(self) -> bool:
        """True where no further reader is let in."""
        return len(self._readers) >= self._max_readers

    def publish(self, change: Change) -> None:
        """Append a change and wake the readers."""
        with self._lock:
            self._last_id += 1
            self._events.append(Event(self._last_id, change))
            readers = list(self._readers)
        _wake(readers)

    def close(self) -> None:
        """End all streams, and those to come: the server stops."""
        with self._lock:
            self._closed = True
            readers = list(self._readers)
        _wake(readers)

    def after(self, cursor: int) -> list[Event]:
        """What happened since, the latest change of each story.

        One event without a change where that is not known: too long ago, or before this board started.
        """
        with self._lock:
            if cursor == self._last_id:
                return []
            oldest = self._events[0].id if self._events else self._last_id + 1
            if not self._first_id <= cursor < self._last_id or cursor < oldest - 1:
                return [Event(self._last_id, None)]
            fresh = [event for event in self._events if event.id > cursor]
        latest = {event.change.story_id: event for event in fresh if event.change}
        return sorted(latest.values(), key=lambda event: event.id)

    async def follow(self, cursor: int | None, wanted: Callable[[Change], bool]) -> AsyncIterator[list[Event]]:
        """Events after `cursor` (None: from now on), as they gather, for ever. Raises TooManyReadersError."""
        reader = _Reader(asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if len(self._readers) >= self._max_readers:
                raise TooManyReadersError(f"{self._max_readers} streams are open")
            self._readers.add(reader)
            cursor = self._last_id if cursor is None else cursor
        try:
            while not self._closed:
                reader.wake.clear()
                events = self.after(cursor)
                if events:
                    cursor = events[-1].id
                    if chosen := [each for each in events if each.change is None or wanted(each.change)]:
                        yield chosen
                else:
                    await reader.wake.wait()
                    await asyncio.sleep(0 if self._closed else self._gather_s)
        finally:
            with self._lock:
                self._readers.discard(reader)


def _wake(readers: list[_Reader]) -> None:
    for reader in readers:
        if reader.wake.is_set():
            continue  # it will look at the log anyway; the flag is cleared before that
        with suppress(RuntimeError):  # its loop was closed with the stream still open
            reader.loop.call_soon_threadsafe(reader.wake.set)
