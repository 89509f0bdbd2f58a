"""Where each partition stands: the truth about what was applied (promise 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redis import Redis

from pipeline.settings import RedisSettings
from pipeline.store.commit import position_field
from pipeline.store.keys import Keys

COUNTERS = ("in", "joined", "opened", "duplicate", "dead_lettered", "swept")


class Positions:
    """Positions and conservation counters of one edition."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._keys = Keys(settings.edition)

    def start(self, topic: str, beginnings: Mapping[int, int]) -> dict[int, int]:
        """The stored position of each partition, set to its beginning where none is stored yet."""
        with self._redis.pipeline(transaction=True) as pipe:
            for partition, beginning in beginnings.items():
                pipe.hsetnx(self._keys.positions, position_field(topic, partition), str(beginning))
            pipe.execute()
        return self.read(topic, beginnings)

    def read(self, topic: str, partitions: Iterable[int]) -> dict[int, int]:
        """The stored position of each partition; those never started are absent."""
        wanted = list(partitions)
        if not wanted:
            return {}
        stored = self._redis.hmget(self._keys.positions, [position_field(topic, each) for each in wanted])
        return {each: int(value) for each, value in zip(wanted, stored, strict=True) if value is not None}

    def counters(self) -> dict[str, int]:
        """Articles so far: `in = joined + opened + duplicate + dead_lettered`, always (promise 1).

        `swept` of them were there when the last sweep looked.
        """
        stored = self._redis.hmget(self._keys.counters, list(COUNTERS))
        return {name: int(value or 0) for name, value in zip(COUNTERS, stored, strict=True)}
