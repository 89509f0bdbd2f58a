"""One edition takes over from another: at no time do two of them publish the same stories.

Who publishes stands in the identity of each edition: `predecessor` while it is filled beside that one,
`successor` once that one has come after it, `took_over` whose records on the topic are its own. The two lie in
different slots of a cluster, so the older one is ended first, and between the two steps nobody publishes.
"""

from __future__ import annotations

from redis import Redis

from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.edition import RedisBusyError, read_identity
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.scripts import load_script
from pipeline.adapters.store.server import ServerGuard
from pipeline.domain.edition import PREDECESSOR, SUCCESSOR, TOOK_OVER
from pipeline.mendable import MendableError
from pipeline.settings import RedisSettings


class SuccessionError(MendableError):
    """One edition can't come after the other as things are."""


class Succession:
    """An edition, and the one from which it takes over."""

    def __init__(self, redis: Redis, settings: RedisSettings, predecessor: str, shards: int) -> None:
        """`settings` are those of the newer edition; `shards` counts where an edition does not say how many."""
        self._redis = redis
        self.edition = settings.edition
        self.predecessor = predecessor
        self._shards = shards
        older = settings.model_copy(update={"edition": predecessor})
        self._keys, self._older = Keys(settings.edition), Keys(predecessor)
        self._servers = [ServerGuard(redis, each) for each in (settings, older)]
        self._stand_by, self._retire, self._take_over = (
            load_script(redis, each) for each in ("stand_by", "retire", "take_over")
        )

    def stand_by(self) -> None:
        """Begin to fill the newer edition; it publishes nothing. Safe to repeat. Raises SuccessionError."""
        self._check_server()
        kind, *rest = self._stand_by(keys=[self._keys.prefix], args=[self.predecessor, self._shards])
        if kind == b"exists":
            raise SuccessionError(
                f"edition {self.edition} exists in this Redis and is not rebuilt beside another one: choose a "
                "redis.edition that is new (`groundswell edition list` tells which there are)"
            )
        if kind == b"other":
            raise SuccessionError(
                f"edition {self.edition} belongs with edition {as_text(rest[0])}, not with {self.predecessor}: "
                f"choose another redis.edition, or `groundswell edition remove {self.edition}` first"
            )

    @property
    def retired(self) -> bool:
        """Whether the older one has been ended for ours."""
        return read_identity(self._redis, self._older).get(SUCCESSOR) == self.edition

    def retire(self) -> int:
        """End the older edition: its processes end, and its leases are taken. Returns its number of shards.

        Safe to repeat. What its publishers have under way in Kafka is not ended by this.
        """
        self._check_server()
        kind, rest = self._retire(keys=[self._older.prefix], args=[self.edition, self._shards])
        if kind == b"other":
            raise SuccessionError(
                f"edition {as_text(rest)} has come after {self.predecessor} already: rebuild beside that one"
            )
        return int(rest)

    def take_over(self) -> None:
        """Let the newer edition publish; all that the older one had on the topic counts as its own."""
        self._check_server()
        earlier = {each for keys in (self._keys, self._older) for each in _took_over(self._redis, keys)}
        ours = sorted((earlier | {self.predecessor}) - {self.edition})
        if not self._take_over(keys=[self._keys.prefix], args=[self.predecessor, *ours]):
            raise SuccessionError(
                f"edition {self.edition} does not stand by for {self.predecessor} any more: "
                "`groundswell edition list` tells how things are"
            )

    def _check_server(self) -> None:
        if not all(each.confirm() for each in self._servers):
            raise RedisBusyError


def _took_over(redis: Redis, keys: Keys) -> list[str]:
    return read_identity(redis, keys).get(TOOK_OVER, "").split()


def predecessor_of(redis: Redis, edition: str) -> str | None:
    """The edition beside which this one is filled; None where it stands by for none."""
    return read_identity(redis, Keys(edition)).get(PREDECESSOR)
