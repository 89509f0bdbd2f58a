"""What INFO tells, and what it means for the stories."""

from __future__ import annotations

from typing import cast

import pytest
from redis import Redis

from pipeline.runtime.doctor.finding import Verdict
from pipeline.runtime.doctor.reach import Reach
from pipeline.runtime.doctor.redis_server import check_redis
from pipeline.settings import Settings

GOOD = {
    "redis_version": "7.0.15", "redis_mode": "standalone", "role": "master", "aof_enabled": "1",
    "aof_last_write_status": "ok", "maxmemory": "1000000000", "used_memory": "100000000",
    "maxmemory_policy": "noeviction",
}  # fmt: skip


class Told:
    """A Redis that tells this."""

    def __init__(self, **changed: str) -> None:
        self._info = {**GOOD, **changed}

    def execute_command(self, *_: str) -> bytes:
        return "\r\n".join(["# Server", *(f"{name}:{value}" for name, value in self._info.items())]).encode()


def verdicts(**changed: str) -> dict[str, Verdict]:
    reach = Reach(Settings(), store=cast(Redis, Told(**changed)))
    return {each.subject: each.verdict for each in check_redis(reach) if each.verdict is not Verdict.OK}


@pytest.mark.parametrize(("changed", "expected"), [
    ({}, {}),
    ({"redis_version": "6.2.7"}, {"redis": Verdict.WRONG}),
    ({"role": "slave"}, {"redis": Verdict.WRONG}),
    ({"aof_enabled": "0"}, {"redis persistence": Verdict.WARNING}),
    ({"aof_last_write_status": "err"}, {"redis persistence": Verdict.WRONG}),
    ({"maxmemory_policy": "allkeys-lru"}, {"redis eviction": Verdict.WRONG}),
    ({"maxmemory_policy": "volatile-ttl", "maxmemory": "0"}, {"redis eviction": Verdict.WARNING}),
    ({"used_memory": "900000000"}, {"redis memory": Verdict.WARNING}),
])  # fmt: skip
def test_what_endangers_the_stories_is_told(changed: dict[str, str], expected: dict[str, Verdict]) -> None:
    assert verdicts(**changed) == expected
