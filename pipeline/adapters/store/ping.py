"""Whether Redis answers."""

from __future__ import annotations

from redis import Redis

from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.keys import Keys
from pipeline.settings import RedisSettings


class RedisPing:
    """Reads a key of the edition, so that in a cluster the node that holds it answers. Tries once."""

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings
        self._key = Keys(settings.edition).server
        self._redis: Redis | None = None

    def ask(self, timeout_s: float) -> None:
        """Return once it answered. Raises RedisError where it does not."""
        if self._redis is None:
            self._redis = make_redis(self._settings, wait_s=0.0, timeout_s=timeout_s)
        self._redis.get(self._key)

    def close(self) -> None:
        """Let go of it."""
        if self._redis is not None:
            self._redis.close()
