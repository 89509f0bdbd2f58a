"""The publisher's loop: take free shards, publish what is due in those held."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from kafka.errors import KafkaError

from consumers.publisher.convergence import Convergence
from consumers.publisher.hold import STEP_S, ShardLostError
from consumers.publisher.publisher_metrics import PublisherMetrics
from consumers.publisher.shard import Shard
from pipeline.runtime.vigil import Vigil

log = structlog.get_logger(__name__)

TakeShard = Callable[[int], Shard | None]
"""Tries to take one shard; None where another publisher holds it."""


class Publisher:
    """One publisher; any number of them share the shards."""

    def __init__(
        self, shards: int, take: TakeShard, convergence: Convergence, metrics: PublisherMetrics, *, retry_s: float,
        vigil: Vigil | None = None,
    ) -> None:  # fmt: skip
        self._free = dict.fromkeys(range(shards), 0.0)
        self._take = take
        self._convergence = convergence
        self._metrics = metrics
        self._retry_s = retry_s
        self._vigil = vigil or Vigil(STEP_S)
        self._held: dict[int, Shard] = {}
        metrics.shards.set(shards)

    @property
    def held(self) -> int:
        """Shards held now."""
        return len(self._held)

    def step(self) -> int:
        """One turn of the loop. Returns the number of records published."""
        if not self._convergence.server_is_ready():
            return 0
        self._take_free_shards()
        with self._vigil.during(STEP_S):
            may_publish = self._convergence.step(self._held, self._keep)
        published = sum(self._publish(self._held[each]) for each in may_publish)
        self._metrics.shards_held.set(self.held)
        self._metrics.outbox_oldest.set(max((shard.oldest_s for shard in self._held.values()), default=0.0))
        self._metrics.outbox_size.set(sum(shard.waiting() for shard in self._held.values()))
        return published

    def close(self) -> None:
        """Give all shards back."""
        for shard in self._held.values():
            shard.close()
        self._held.clear()

    def _keep(self) -> None:
        self._vigil.prolong(STEP_S)
        for shard in self._held.values():
            shard.keep()

    def _publish(self, shard: Shard) -> int:
        try:
            return shard.publish_due()
        except ShardLostError as error:
            log.warning("shard lost", shard=shard.number, reason=str(error))
            self._metrics.fenced.inc()
            shard.abandon()
            del self._held[shard.number]
            self._free[shard.number] = time.monotonic() + self._retry_s
            return 0

    def _take_free_shards(self) -> None:
        """One new shard a turn, so that publishers that start together share them."""
        now = time.monotonic()
        for number, not_before in list(self._free.items()):
            if now < not_before:
                continue
            try:
                shard = self._take(number)
            except KafkaError as error:
                log.warning("shard not opened", shard=number, error=repr(error))
                shard = None
            if shard is None:
                self._free[number] = now + self._retry_s
                continue
            log.info("shard taken", shard=number)
            self._held[number] = shard
            del self._free[number]
            return
