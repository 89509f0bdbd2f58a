"""How long a client of Redis tries again."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import copy
from itertools import count
from threading import Event
from typing import Any, Self, TypeVar

from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

T = TypeVar("T")

LONGEST_PAUSE_S = 1.0
"""Between two tries: as long as a Redis that is back may go unnoticed."""


class Patience(Retry):
    """Tries again until a time is over, however long each try takes; the library counts tries instead."""

    def __init__(self, wait_s: float, stop: Event | None = None) -> None:
        """Once `stop` is set nothing is tried again: who is told to end waits for nobody."""
        super().__init__(ExponentialWithJitterBackoff(base=0.05, cap=LONGEST_PAUSE_S), retries=-1)
        self._wait_s = wait_s
        self._stop = stop or Event()

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Each connection takes a copy: all heed one event."""
        return copy(self)

    def call_with_retry(
        self,
        do: Callable[[], T],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> T:
        """See the base class."""
        deadline = time.monotonic() + self._wait_s
        for failures in count(1):
            try:
                return do()
            except AuthenticationError:  # which the library counts among lost connections, and no waiting mends
                raise
            except self._supported_errors as error:
                if is_retryable is not None and not is_retryable(error):
                    raise
                fail(error, failures) if with_failure_count else fail(error)
                if time.monotonic() >= deadline or self._stop.wait(self._backoff.compute(failures)):
                    raise
        raise AssertionError("unreachable: the count has no end")
