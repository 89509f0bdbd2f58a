"""Spaces out work evenly."""

from __future__ import annotations

import time
from collections.abc import Callable

MAX_BEHIND_S = 1.0
"""After a stall (a broker that was away) at most this much is made up for, so no great burst follows."""


class RateLimiter:
    """Lets `rate` calls a second through, evenly; None lets all through. Not for several threads."""

    def __init__(
        self,
        rate: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if rate is not None and not rate > 0:
            raise ValueError(f"rate is {rate}; expected more than 0 articles per second")
        self._interval_s = 0.0 if rate is None else 1 / rate
        self._clock = clock
        self._sleep = sleep
        self._due: float | None = None

    def wait(self) -> None:
        """Return when the next call is due."""
        if not self._interval_s:
            return
        now = self._clock()
        due = now if self._due is None else max(self._due, now - MAX_BEHIND_S)
        if due > now:
            self._sleep(due - now)
        self._due = due + self._interval_s
