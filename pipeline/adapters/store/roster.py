"""Which publishers are there, so that each knows its share of the shards."""

from __future__ import annotations

import secrets

from redis import Redis

from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.scripts import load_script
from pipeline.settings import RedisSettings


class Roster:
    """The publishers of one edition. Each says again and again that it is there; silent ones are dropped.

    It only spreads the work. Who may publish a shard is the lease's matter.
    """

    def __init__(self, redis: Redis, settings: RedisSettings, silence_s: float) -> None:
        """`silence_s`: after so long without a word a publisher counts as gone, by the clock of Redis."""
        self._redis = redis
        self._key = Keys(settings.edition).publishers
        self._milliseconds = int(silence_s * 1000)
        self._script = load_script(redis, "announce")
        self._name = ""

    def share(self, shards: int) -> int:
        """Say that we are there. Returns how many of the shards are ours to hold.

        The shares differ by one at most and make up all shards. The larger ones go to who came first, so that
        nothing moves for one that comes later and would gain nothing.
        """
        others = sorted(self._announce(self._milliseconds))
        each, left = divmod(shards, len(others))
        return each + (others.index(self._name) < left)

    def others(self) -> int:
        """How many others are there; we don't count as there by asking."""
        seconds, _ = self._redis.time()
        return int(self._redis.zcount(self._key, seconds * 1000, "+inf"))

    def keep(self) -> None:
        """Say that we are there, in the middle of other work."""
        if self._name:
            self._announce(self._milliseconds)

    def leave(self) -> None:
        """Others need not wait until we count as gone."""
        if self._name:
            self._announce(0)
            self._name = ""

    def _announce(self, milliseconds: int) -> list[str]:
        if not self._name:
            seconds, microseconds = self._redis.time()
            self._name = f"{seconds:011}.{microseconds:06}-{secrets.token_hex(4)}"
        names = self._script(keys=[self._key], args=[self._name, milliseconds])
        return [each.decode() for each in names]
