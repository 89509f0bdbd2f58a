"""The switch: the older edition is ended, and the one that stands by publishes in its place.

| | step | where it is stopped before the next |
|---|---|---|
| 1 | the newer edition has read all that the older one has, and has a desk's corrections | nobody sees a change |
| 2 | the older one is ended in Redis | nobody publishes until the switch is run again |
| 3 | its producers are fenced in Kafka | the same |
| 4 | the newer one has read the rest of what the older one had | the same |
| 5 | corrections since 1 are carried over: nobody ever sees a hidden story | the same |
| 6 | the newer one takes over | done |
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from redis import Redis

from pipeline.adapters.kafka.clients import make_consumer
from pipeline.adapters.kafka.shard_fence import fence
from pipeline.adapters.store.edition import EditionSettings, NoEditionError
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.roster import Roster
from pipeline.adapters.store.succession import Succession, SuccessionError, predecessor_of
from pipeline.domain.edition import SUCCESSOR, TOOK_OVER
from pipeline.domain.encoder.protocol import Encoder
from pipeline.gaps import SwitchGap, at
from pipeline.runtime.rebuild.beginning import older_settings
from pipeline.runtime.rebuild.carrying import Carried, Carrying
from pipeline.runtime.rebuild.distance import Way
from pipeline.settings import Settings

KEPT_S = 2.0
"""Between the end of the one and the beginning of the other. A Redis that writes its file every second may lose
one, and what it loses is the end: so it never forgets the older edition's end once the newer one has published."""
PATIENCE_S = 60.0
"""For the newer edition to have read what the older one has, before anything is changed."""
LOOK_S = 0.5

Waiting = Callable[[str], object]
"""Told what is waited for, at each look."""


@dataclass(frozen=True)
class Switch:
    """One switch, from settings of the newer edition."""

    redis: Redis
    settings: Settings
    waiting: Waiting
    open_encoder: Callable[[], Encoder]
    """For corrections that name articles of which a large story keeps no vector."""
    sleep: Callable[[float], object] = time.sleep

    def predecessor(self) -> str | None:
        """The edition to take over from; None where that was done. Raises MendableError where it never began."""
        edition = self.settings.redis.edition
        stored = EditionSettings(self.redis, self.settings.redis).read()
        found = predecessor_of(self.redis, edition)
        if found is not None:
            return found
        if not stored:
            raise NoEditionError(edition)
        if SUCCESSOR in stored or TOOK_OVER not in stored:
            raise SuccessionError(
                f"edition {edition} does not stand by for another one: begin with `groundswell rebuild start`, "
                "or give this command the settings of the new edition"
            )
        return None

    def run(self, predecessor: str, max_lag: int) -> Carried:
        """All of it. Safe to repeat wherever it was stopped. Raises MendableError."""
        settings = self.settings
        topic = settings.kafka.topics.articles
        succession = Succession(self.redis, settings.redis, predecessor, settings.publisher.shards)
        carrying = Carrying(self.redis, settings, predecessor, self.open_encoder, self.waiting)
        older = Positions(self.redis, older_settings(settings, predecessor))
        with closing(make_consumer(settings.kafka)) as consumer:
            way = Way(consumer, topic, Positions(self.redis, settings.redis))
            if not succession.retired:
                self._check_ready(way, max_lag)
                self._wait_ready(way, older)
                # Most of them now: it may take a minute, in which the older edition still publishes.
                self._carry(carrying)
            shards = succession.retire()
            at(SwitchGap.EDITION_RETIRED)
            self.sleep(KEPT_S)
            for shard in range(shards):
                self.waiting(f"publishers of {predecessor} are shut out, shard {shard + 1} of {shards}")
                fence(settings.kafka, predecessor, shard)
            at(SwitchGap.PRODUCERS_FENCED)
            while way.is_behind(older):
                self.waiting(f"clusterers of {settings.redis.edition} read what {predecessor} had read")
                self.sleep(LOOK_S)
        if not succession.retired:
            raise SuccessionError(f"Redis has lost the end of edition {predecessor}: run the switch again")
        at(SwitchGap.ALL_READ)
        carried = self._carry(carrying)
        at(SwitchGap.CORRECTIONS_CARRIED)
        succession.take_over()
        return carried

    def _carry(self, carrying: Carrying) -> Carried:
        self.waiting("corrections of the older edition's desk are carried over")
        return carrying.run()

    def _check_ready(self, way: Way, max_lag: int) -> None:
        edition = self.settings.redis.edition
        waiting = way.look().waiting
        if waiting > max_lag:
            raise SuccessionError(
                f"{waiting} records are not read by edition {edition} yet, more than the {max_lag} of --max-lag: "
                "let its clusterers go on (`groundswell rebuild start` shows how far they are)"
            )
        if not Roster(self.redis, self.settings.redis, self.settings.publisher.lease_s).others():
            raise SuccessionError(
                f"no publisher of edition {edition} is there to go on: start `groundswell consume publisher` with "
                "these settings; it waits for the switch"
            )

    def _wait_ready(self, way: Way, older: Positions) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while way.is_behind(older):
            if time.monotonic() > deadline:
                raise SuccessionError(
                    f"edition {self.settings.redis.edition} has not read within {PATIENCE_S:.0f} s what the older "
                    "one has read: start `groundswell consume clusterer` with these settings. Nothing has changed"
                )
            self.waiting("the new edition reads what the older one has read")
            self.sleep(LOOK_S)
