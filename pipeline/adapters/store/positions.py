"""Where each partition stands: the truth about what was applied (promise 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redis import Redis

from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.keys import Keys, position_field
from pipeline.adapters.store.scripts import load_script
from pipeline.settings import RedisSettings

COUNTERS = ("in", "joined", "opened", "duplicate", "dead_lettered", "swept")


class TopicReplacedError(Exception):
    """The stored positions belong to another topic, which had the same name."""

    def __init__(self, stored_id: str, topic_id: str) -> None:
        super().__init__(f"the positions are those of topic {stored_id}, the broker has {topic_id}")


class Positions:
    """Positions and conservation counters of one edition."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._keys = Keys(settings.edition)
        self._start = load_script(redis, "start")
        self._move = load_script(redis, "move")

    def start(
        self, topic: str, beginnings: Mapping[int, int], topic_id: str | None = None, *, anew: bool = False
    ) -> dict[int, int]:
        """The stored position of each partition, set to its beginning where none is stored yet.

        Raises TopicReplacedError where they belong to a topic with another id; `anew` forgets those instead.
        """
        pairs = [each for pair in beginnings.items() for each in pair]
        arguments = [topic, topic_id or "", "1" if anew else "", *pairs]
        answer = self._start(keys=[self._keys.prefix], args=arguments)
        if answer[0] == b"replaced":
            raise TopicReplacedError(as_text(answer[1]), topic_id or "")
        return self.read(topic, beginnings)

    def move(self, topic: str, partition: int, stands: int, to: int) -> bool:
        """Skip, or go back over, what the topic has no more. False where somebody else was faster."""
        return bool(self._move(keys=[self._keys.prefix], args=[position_field(topic, partition), stands, to]))

    def read(self, topic: str, partitions: Iterable[int]) -> dict[int, int]:
        """The stored position of each partition; those never started are absent."""
        wanted = list(partitions)
        if not wanted:
            return {}
        stored = self._redis.hmget(self._keys.positions, [position_field(topic, each) for each in wanted])
        return {each: int(value) for each, value in zip(wanted, stored, strict=True) if value is not None}

    def topic_id(self, topic: str) -> str | None:
        """The id of the topic that the positions belong to; None where none is known."""
        known = self._redis.hget(self._keys.topics, topic)
        return None if known is None else as_text(known)

    def counters(self) -> dict[str, int]:
        """Articles so far: `in = joined + opened + duplicate + dead_lettered`, always (promise 1).

        `swept` of them were there when the last sweep looked.
        """
        stored = self._redis.hmget(self._keys.counters, list(COUNTERS))
        return {name: int(value or 0) for name, value in zip(COUNTERS, stored, strict=True)}
