"""Redis itself: version, role, persistence, memory, eviction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.runtime.doctor.finding import Finding, ok, warning, wrong
from pipeline.runtime.doctor.reach import Reach

OLDEST = (7, 0)
FULL_SHARE = 0.85
"""Of `maxmemory`, as in the alert GroundswellRedisMemory."""

_KEEPS = "appendonly yes and appendfsync everysec in redis.conf"


def check_redis(reach: Reach) -> Iterator[Finding]:
    """Everything that INFO tells."""
    info = _parsed(reach.ask("INFO"))
    yield _version(info)
    yield _persistence(info)
    yield _policy(info)
    yield _memory(info)


def _version(info: Mapping[str, str]) -> Finding:
    version = info.get("redis_version", "0")
    said = f"version {version}, {info.get('redis_mode', 'standalone')}, {info.get('role', 'master')}"
    if tuple(int(each) for each in version.split(".")[:2]) < OLDEST:
        return wrong("redis", said, f"Redis {'.'.join(map(str, OLDEST))} or later is needed")
    if info.get("role") == "slave":
        return wrong("redis", f"{said}: a replica takes no writes", "name the primary in redis.url")
    return ok("redis", said)


def _persistence(info: Mapping[str, str]) -> Finding:
    subject = "redis persistence"
    if info.get("aof_enabled") != "1":
        return warning(
            subject, "keeps no append-only file: a crash loses more than its last second, or everything", _KEEPS
        )
    for name in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"):
        if info.get(name, "ok") != "ok":
            return wrong(subject, f"{name} is {info[name]}", "look at the log and the disk of Redis")
    busy = ", which is written anew just now" if info.get("aof_rewrite_in_progress") == "1" else ""
    return ok(subject, f"keeps an append-only file{busy}")


def _policy(info: Mapping[str, str]) -> Finding:
    subject, policy = "redis eviction", info.get("maxmemory_policy", "noeviction")
    if policy == "noeviction":
        return ok(subject, policy)
    todo = "maxmemory-policy noeviction in redis.conf, and CONFIG SET maxmemory-policy noeviction now"
    if info.get("maxmemory", "0") == "0":
        return warning(subject, f"{policy}, without effect only as long as maxmemory is 0", todo)
    return wrong(subject, f"{policy}: Redis forgets stories in silence when its memory is full", todo)


def _memory(info: Mapping[str, str]) -> Finding:
    subject, used, limit = "redis memory", int(info.get("used_memory", "0")), int(info.get("maxmemory", "0"))
    if not limit:
        return ok(subject, f"{used / 1e6:.0f} MB used, no limit")
    said = f"{used / 1e6:.0f} of {limit / 1e6:.0f} MB used"
    if used > FULL_SHARE * limit:
        return warning(subject, said, "raise maxmemory: at the limit commits are refused")
    return ok(subject, said)


def _parsed(info: bytes | str | dict[str, object]) -> dict[str, str]:
    """The answer of INFO, which the client has parsed already or not, as names and texts."""
    if isinstance(info, dict):
        return {name: str(value) for name, value in info.items()}
    text = info.decode() if isinstance(info, bytes) else info
    pairs = (line.partition(":") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}
