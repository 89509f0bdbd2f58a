"""Clusterers of an edition take turns at deciding, so that they seldom overtake each other.

A courtesy, on which no promise hangs: a decision that was overtaken is refused all the same. A turn whose holder
died ends by itself, and whoever waits for too long goes on without one.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from redis import Redis

from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.keys import Keys
from pipeline.settings import RedisSettings

HELD_MS = 5_000
"""A turn lasts for so long at most: several times what a large batch takes."""

LOOK_S = 0.02
LOOKS = 1_500
"""Half a minute, for many may be before us; then somebody goes on without."""


class Turn:
    """One clusterer's part in it."""

    def __init__(
        self, redis: Redis, settings: RedisSettings, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._redis = redis
        self._key = Keys(settings.edition).turn
        self._token = uuid.uuid4().hex
        self._sleep = sleep

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for our turn, and end it afterwards."""
        for _ in range(LOOKS):
            if self._redis.set(self._key, self._token, nx=True, px=HELD_MS):
                break
            self._sleep(LOOK_S)
        try:
            yield
        finally:
            held = self._redis.get(self._key)
            if held is not None and as_text(held) == self._token:
                self._redis.delete(self._key)
