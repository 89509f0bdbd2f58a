"""The one factory of Redis clients."""

from __future__ import annotations

from typing import Any, cast

from redis import Redis, RedisCluster
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError
from redis.retry import Retry

from pipeline.mendable import MendableError
from pipeline.settings import RedisSettings

RETRIES = 8
"""With the back-off below about half a minute: a Redis that restarts is waited for, one that is gone is told."""


def make_redis(settings: RedisSettings, *, retries: int = RETRIES, timeout_s: float = 30.0) -> Redis:
    """A client that gives bytes. Repeating a commit is safe: the position fences it (promise 3).

    Raises MendableError where the options in the address can't be used.
    """
    options: dict[str, Any] = {
        "decode_responses": False,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=5.0), retries),
        "socket_timeout": timeout_s,
        "health_check_interval": 15,
    }
    try:
        return _client(settings, options)
    except ValueError as error:  # of an option in the address; its form was checked with the settings
        raise MendableError(f"redis.url can't be used: {error}") from None


def _client(settings: RedisSettings, options: dict[str, Any]) -> Redis:
    if settings.cluster:
        # It takes the same commands, and sends each to the node that holds the edition's slot now.
        return cast(Redis, RedisCluster.from_url(settings.url, **options))
    retried = [ConnectionError, TimeoutError, BusyLoadingError]
    return Redis.from_url(settings.url, retry_on_error=retried, **options)


def as_bytes(answer: bytes | str) -> bytes:
    """What our clients answer is always bytes; the library's types leave it open."""
    return answer if isinstance(answer, bytes) else answer.encode()


def as_text(answer: bytes | str) -> str:
    """An id or a name that Redis gave back."""
    return answer.decode() if isinstance(answer, bytes) else answer
