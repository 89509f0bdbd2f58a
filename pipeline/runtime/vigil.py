"""Signs of life during a long step: a slow encoder or language model must not look like a dead process.

A thread of its own gives them, but only inside of a step and only for as long as that step may honestly take: a
step that hangs shall look dead after all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger(__name__)

Duty = Callable[[], object]
"""What shows others that we are there: a beat, a renewed lease. It is called from a thread of its own."""

LongStep = Callable[[], AbstractContextManager[None]]
"""Makes what a long step is done in."""


class Vigil:
    """Keeps up its duties while a step is under way, and for no longer than the step was given.

    A context manager: outside of it nothing is kept up.
    """

    def __init__(self, every_s: float, *duties: Duty) -> None:
        self._every_s = every_s
        self._duties = list(duties)
        self._until = 0.0
        self._closed = threading.Event()

    def add(self, duty: Duty) -> None:
        """One more from now on."""
        self._duties = [*self._duties, duty]

    def remove(self, duty: Duty) -> None:
        """No longer; it may be under way just now."""
        self._duties = [each for each in self._duties if each != duty]

    @contextmanager
    def during(self, limit_s: float) -> Iterator[None]:
        """A step that may take this long. One inside of another has its own time, and ends it for both."""
        self._until = time.monotonic() + limit_s
        try:
            yield
        finally:
            self._until = 0.0

    def prolong(self, limit_s: float) -> None:
        """The step under way got on, and may take this long again."""
        if self._until:
            self._until = time.monotonic() + limit_s

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="vigil", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(self._every_s):
            if time.monotonic() >= self._until:
                continue
            for duty in self._duties:
                try:
                    duty()
                except Exception:  # whoever needs it finds out by itself; the other duties go on
                    log.warning("duty failed in the middle of a step", exc_info=True)
