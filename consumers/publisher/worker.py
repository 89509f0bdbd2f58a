"""The publisher's loop: take free shards up to our share, publish what is due, give back what is above it."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from kafka.errors import KafkaError

from consumers.publisher.convergence import Convergence
from consumers.publisher.hold import STEP_S, ShardLostError
from consumers.publisher.publisher_metrics import PublisherMetrics
from consumers.publisher.shard import Shard
from pipeline.adapters.store.roster import Roster
from pipeline.runtime.vigil import Vigil

LOOK_S = 0.5
"""Between two looks whether a shard that another publisher holds is free: so long does one rest at most that was
given back, besides the time to open its producer."""

log = structlog.get_logger(__name__)

TakeShard = Callable[[int], Shard | None]
"""Tries to take one shard; None where another publisher holds it."""


class Publisher:
    """One publisher; any number of them share the shards.

    Shares even out without a break: a shard is given back after a round of it is acknowledged, one a turn, and
    whoever lacks one takes it at its next look.
    """

    def __init__(
        self, shards: int, take: TakeShard, roster: Roster, convergence: Convergence, metrics: PublisherMetrics, *,
        retry_s: float, vigil: Vigil | None = None, kafka_is_there: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        """A publisher to which Kafka is not there holds nothing: others, to which it is, take all."""
        self._shards = shards
        self._free = dict.fromkeys(range(shards), 0.0)
        self._take = take
        self._roster = roster
        self._kafka_is_there = kafka_is_there
        self._convergence = convergence
        self._metrics = metrics
        self._retry_s = retry_s
        self._vigil = vigil or Vigil(STEP_S)
        self._held: dict[int, Shard] = {}
        self._vigil.add(roster.keep)
        metrics.shards.set(shards)

    @property
    def held(self) -> int:
        """Shards held now."""
        return len(self._held)

    def step(self) -> int:
        """One turn of the loop. Returns the number of records published."""
        if not self._convergence.server_is_ready():
            return 0
        if not self._kafka_is_there():
            self._let_all_go()
            return 0
        share = self._roster.share(self._shards)
        if self.held < share:
            self._take_free_shard()
        with self._vigil.during(STEP_S):
            may_publish = self._convergence.step(self._held, self._keep)
        published = sum(self._publish(self._held[each]) for each in may_publish if self._kafka_is_there())
        if self.held > share:
            self._give_back()
        self._metrics.shards_held.set(self.held)
        self._metrics.outbox_oldest.set(max((shard.oldest_s for shard in self._held.values()), default=0.0))
        self._metrics.outbox_size.set(sum(shard.waiting() for shard in self._held.values()))
        return published

    def close(self) -> None:
        """Give all shards back."""
        self._vigil.remove(self._roster.keep)
        self._roster.leave()
        for shard in self._held.values():
            shard.close()
        self._held.clear()

    def _let_all_go(self) -> None:
        """Without Kafka. Its producers are not used again: some don't find their way back after an outage."""
        self._roster.leave()
        for number, shard in self._held.items():
            shard.abandon()
            self._free[number] = 0.0
        self._held.clear()
        self._metrics.shards_held.set(0)

    def _give_back(self) -> None:
        """What it published is acknowledged, and nothing of it is under way."""
        number, shard = self._held.popitem()
        shard.close()
        self._free[number] = time.monotonic() + LOOK_S
        log.info("shard given back, it is another publisher's share", shard=number)

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

    def _take_free_shard(self) -> None:
        """One a turn: what is held already is not kept waiting, be it that opening one takes long."""
        now = time.monotonic()
        for number, not_before in list(self._free.items()):
            if now < not_before:
                continue
            try:
                shard = self._take(number)
            except KafkaError as error:
                log.warning("shard not opened", shard=number, error=repr(error))
                self._free[number] = time.monotonic() + self._retry_s
                return
            if shard is None:
                self._free[number] = now + LOOK_S
                continue
            log.info("shard taken", shard=number)
            self._held[number] = shard
            del self._free[number]
            return
