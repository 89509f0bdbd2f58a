"""The one factory of Redis clients."""

from __future__ import annotations

from threading import Event
from typing import Any, cast

from redis import Redis, RedisCluster
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, ConnectionError, TimeoutError
from redis.retry import Retry

from pipeline.adapters.store.patience import Patience
from pipeline.mendable import MendableError
from pipeline.settings import RedisSettings

CLUSTER_TRIES = 8
"""The cluster's client knows no time, only a number of tries: it looks for the edition's node before each."""
TIMEOUT_S = 30.0
"""For one answer."""


def make_redis(
    settings: RedisSettings,
    *,
    wait_s: float | None = None,
    timeout_s: float = TIMEOUT_S,
    stop: Event | None = None,
) -> Redis:
    """A client that gives bytes. Repeating a commit is safe: the position fences it (promise 3).

    A Redis that does not answer is waited for as long as the settings say, or for `wait_s`, and no longer once
    `stop` is set; a cluster is not.
    Raises MendableError where the options in the address can't be used.
    """
    options: dict[str, Any] = {
        "decode_responses": False,
        "socket_timeout": timeout_s,
        "health_check_interval": 15,
    }
    try:
        return _client(settings, Patience(settings.wait_s if wait_s is None else wait_s, stop), options)
    except ValueError as error:  # of an option in the address; its form was checked with the settings
        raise MendableError(f"redis.url can't be used: {error}") from None


def _client(settings: RedisSettings, patience: Patience, options: dict[str, Any]) -> Redis:
    if settings.cluster:
        # It takes the same commands, and sends each to the node that holds the edition's slot now.
        tries = Retry(NoBackoff(), CLUSTER_TRIES)
        return cast(Redis, RedisCluster.from_url(settings.url, retry=tries, **options))
    retried = [ConnectionError, TimeoutError, BusyLoadingError]
    return Redis.from_url(settings.url, retry=patience, retry_on_error=retried, **options)


def as_bytes(answer: bytes | str) -> bytes:
    """What our clients answer is always bytes; the library's types leave it open."""
    return answer if isinstance(answer, bytes) else answer.encode()


def as_text(answer: bytes | str) -> str:
    """An id or a name that Redis gave back."""
    return answer.decode() if isinstance(answer, bytes) else answer
