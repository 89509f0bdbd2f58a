"""Whether a Redis is fit to be the database: looked at once, when a process starts."""

from __future__ import annotations

from typing import Any

import structlog
from redis import ConnectionPool, Redis, RedisCluster
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from pipeline.adapters.store.keys import Keys
from pipeline.mendable import MendableError
from pipeline.settings import RedisSettings

log = structlog.get_logger(__name__)


class UnfitRedisError(MendableError):
    """What is written there would be lost, or is already somewhere else."""


def check_redis(redis: Redis, settings: RedisSettings) -> None:
    """Raises UnfitRedisError where this Redis forgets by itself, keeps nothing on disk although it must, or has
    the edition in another database."""
    keys = Keys(settings.edition)
    said = _info(redis, keys, "memory") | _info(redis, keys, "persistence")
    _check_eviction(said)
    if settings.must_persist and not said.get("aof_enabled"):
        _check_snapshots(redis, keys)
    if not redis.exists(keys.identity) and not redis.exists(keys.positions):
        check_databases(redis, settings)


def _check_eviction(said: dict[str, Any]) -> None:
    """A policy without a limit evicts nothing, for now."""
    policy = str(said.get("maxmemory_policy", "noeviction"))
    if policy == "noeviction":
        return
    if int(said.get("maxmemory", 0)):
        raise UnfitRedisError(
            f"Redis has maxmemory-policy {policy} and maxmemory {said['maxmemory']}, so it would forget stories "
            "in silence: set maxmemory-policy to noeviction, or give Groundswell a Redis of its own"
        )
    log.warning("redis would forget stories in silence once it has a maxmemory", maxmemory_policy=policy)


def _check_snapshots(redis: Redis, keys: Keys) -> None:
    """It keeps no append-only file: then it must write snapshots at least."""
    try:
        save = str(redis.execute_command("CONFIG GET", "save", **_where(redis, keys)))
    except (NoPermissionError, ResponseError):  # a managed Redis, or a user for this role only
        log.warning("redis keeps no append-only file, and does not let us see whether it writes snapshots")
        return
    if any(each.isdigit() for each in save):
        log.warning(
            "redis keeps no append-only file: after a crash its last snapshot counts, the rest is read again"
        )
        return
    raise UnfitRedisError(
        "Redis has appendonly no and writes no snapshots, so a restart would lose all stories: set appendonly to "
        "yes, or redis.must_persist to false where that may be"
    )


def check_databases(redis: Redis, settings: RedisSettings) -> None:
    """Where the edition is new to our database it must not stand in another one. Raises UnfitRedisError."""
    pool = redis.connection_pool if not isinstance(redis, RedisCluster) else None
    if pool is None:  # it has database 0 only
        return
    ours, keys = int(pool.connection_kwargs.get("db") or 0), Keys(settings.edition)
    said = _info(redis, keys, "keyspace")
    for number in (int(each.removeprefix("db")) for each in said if each.removeprefix("db").isdigit()):
        if number != ours and _has_edition(pool, number, keys):
            raise UnfitRedisError(
                f"edition {settings.edition} is in database {number} of this Redis, redis.url names database "
                f"{ours}: name /{number} in redis.url, or begin another edition by redis.edition"
            )


def _has_edition(pool: ConnectionPool, database: int, keys: Keys) -> bool:
    options = {**pool.connection_kwargs, "db": database}
    with Redis(connection_pool=ConnectionPool(pool.connection_class, **options)) as other:
        try:
            return bool(other.exists(keys.identity) or other.exists(keys.positions))
        except RedisError:  # nor could we work there
            return False


def _info(redis: Redis, keys: Keys, section: str) -> dict[str, Any]:
    return redis.info(section, **_where(redis, keys))


def _where(redis: Redis, keys: Keys) -> dict[str, Any]:
    """In a cluster the node that holds the edition."""
    if isinstance(redis, RedisCluster):
        return {"target_nodes": redis.get_node_from_key(keys.prefix)}
    return {}
