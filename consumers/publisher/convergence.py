"""After Redis lost something, the topic of stories comes to what exists (promise 10).

Every process of Redis may be one that lost its last second, or everything: after a crash, a failover, a restore.
So for each run of Redis the last record of every story on the topic is compared with the store, twice. At first,
before anything is published, what the store has in an older state is raised above the topic, so that revisions
don't go backwards, and what a desk had hidden is hidden again. And once the input has been read as far as it went
when this was noticed, what the store has no more gets a last record, which names the story that most of its
articles are in now, or closes it.

The topic may be the one that lost something: it was made again, or records were deleted from it. Live stories that
it lacks are published again, so the comparison is also made where the topic has another id than at the last one.
It is also made where another number of sources makes a story appear, since stories that were held back wait for a
change of their own.

An edition that took over from another one does the same with what that one had published.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import structlog
from kafka import KafkaConsumer
from kafka.errors import KafkaError

from consumers.publisher.published import PublishedStories, read_published
from consumers.publisher.publisher_metrics import HIDDEN, PublisherMetrics
from pipeline.adapters.kafka.clients import make_consumer
from pipeline.adapters.kafka.reading import ends, is_behind
from pipeline.adapters.store.edition import EditionGuard
from pipeline.adapters.store.hidden_again import HiddenAgain
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.server import ServerGuard
from pipeline.adapters.store.settlement import Settled, Settlement, Stage
from pipeline.settings import Settings

LOOK_S = 1.0
"""Between two looks at how far the input has been read."""
CHUNK = 500
"""Stories compared in one round trip."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ConvergenceStores:
    """What is read and settled in Redis."""

    server: ServerGuard
    edition: EditionGuard
    settlement: Settlement
    positions: Positions
    hidden: HiddenAgain


class Convergence:
    """Settles the shards that a publisher holds, each once per run of Redis, topic and policy."""

    def __init__(
        self, settings: Settings, stores: ConvergenceStores, metrics: PublisherMetrics, *, stories_id: str | None
    ) -> None:
        """`stories_id` is the id of the topic of stories, where the broker tells one."""
        self._settings = settings
        self._compared_with = f"{stories_id or '-'} {settings.publisher.min_sources}"
        self._stores = stores
        self._metrics = metrics
        self._incarnation = self._looked_for = self._told_waiting = ""
        self._input_ends: Mapping[int, int] = {}
        self._nothing_published = False
        self._next_look = 0.0

    def server_is_ready(self) -> bool:
        """False while Redis, which was started again, may not be written to yet.

        Raises AnotherIdentityError where the edition has become another than we are, SucceededError.
        """
        if not self._stores.server.confirm():
            return False
        edition = self._stores.edition
        edition.confirm()
        if edition.stands_by_for != self._told_waiting:
            self._told_waiting = edition.stands_by_for
            if edition.stands_by_for:
                log.info("nothing is published before `groundswell rebuild switch`", now=edition.stands_by_for)
            else:
                log.info("another edition was taken over from", editions=sorted(edition.took_over))
        return True

    def step(self, shards: Collection[int], alive: Callable[[], None]) -> set[int]:
        """Settle these shards where Redis was started again, or lost everything, since they last were, and where
        the topic or the policy is another one.

        Returns those that may publish: what is there must first stand above what the topic has.
        """
        incarnation = self._stores.server.incarnation
        reached = self._stores.settlement.reached(list(shards), self._occasion(incarnation))
        stages = dict(zip(shards, reached, strict=True))
        if min(stages.values(), default=Stage.SETTLED) < Stage.SETTLED and self._is_due(incarnation):
            try:
                self._advance(incarnation, stages, alive)
            except KafkaError as error:
                log.warning("stories not compared with their topic yet", reason=repr(error))
        return {shard for shard, stage in stages.items() if stage > Stage.NEW}

    def _is_due(self, incarnation: str) -> bool:
        now = time.monotonic()
        if incarnation == self._looked_for and now < self._next_look:
            return False
        self._looked_for, self._next_look = incarnation, now + LOOK_S
        return True

    def _advance(self, incarnation: str, stages: dict[int, Stage], alive: Callable[[], None]) -> None:
        with contextlib.closing(make_consumer(self._settings.kafka)) as consumer:
            self._notice(incarnation, consumer)
            new = [shard for shard, stage in stages.items() if stage is Stage.NEW]
            if self._nothing_published:
                self._resend(PublishedStories(), new, alive)
                self._reach(Stage.SETTLED, stages)
                return
            if new:
                log.info("stories are compared with their topic", shards=sorted(new))
                published = self._published(consumer, new, alive)
                self._hide(published)
                self._settle(published, alive, bury=False)
                self._resend(published, new, alive)
                self._reach(Stage.RAISED, stages)
            if not self._is_behind(consumer):
                rest = [shard for shard, stage in stages.items() if stage is Stage.RAISED]
                self._settle(self._published(consumer, rest, alive), alive, bury=True)
                self._reach(Stage.SETTLED, stages)

    def _published(
        self, consumer: KafkaConsumer, shards: Collection[int], alive: Callable[[], None]
    ) -> PublishedStories:
        return read_published(consumer, self._settings, shards, alive, self._stores.edition.took_over)

    def _reach(self, stage: Stage, stages: dict[int, Stage]) -> None:
        moved = [shard for shard, before in stages.items() if before < stage]
        self._stores.settlement.note(moved, self._occasion(self._incarnation), stage)
        stages |= dict.fromkeys(moved, stage)

    def _occasion(self, incarnation: str) -> str:
        return f"{incarnation} {self._compared_with}"

    def _is_behind(self, consumer: KafkaConsumer) -> bool:
        """Whether the input is still to be read again as far as it went."""
        topic = self._settings.kafka.topics.articles
        positions = self._stores.positions.read(topic, self._input_ends)
        return is_behind(consumer, topic, positions, self._input_ends)

    def _notice(self, incarnation: str, consumer: KafkaConsumer) -> None:
        """Remember where the topics ended when this was first seen."""
        if incarnation == self._incarnation:
            return
        topics = self._settings.kafka.topics
        self._nothing_published = not ends(consumer, topics.stories)
        self._input_ends = ends(consumer, topics.articles)
        self._incarnation = incarnation

    def _hide(self, published: PublishedStories) -> None:
        """What a desk had hidden, before anything is published."""
        shown = self._stores.hidden.mark(published.ours.values())
        self._metrics.stories_settled.labels(HIDDEN).inc(len(shown))
        if shown:
            log.warning("stories are hidden again, as they are on the topic", stories=shown)

    def _settle(self, published: PublishedStories, alive: Callable[[], None], *, bury: bool) -> None:
        outcomes = dict.fromkeys(Settled, 0)
        each_story = list(published.ours.values())
        for start in range(0, len(each_story), CHUNK):
            alive()
            chunk = each_story[start : start + CHUNK]
            doubtful = self._stores.settlement.doubtful(chunk, published.ids)
            outcomes[Settled.AGREES] += len(chunk) - len(doubtful)
            for each in doubtful:
                outcomes[self._stores.settlement.settle(each, bury=bury)] += 1
        for outcome, count in outcomes.items():
            self._metrics.stories_settled.labels(outcome).inc(count)
        log.info("stories compared with their topic", **{each.value: count for each, count in outcomes.items()})

    def _resend(self, published: PublishedStories, shards: Collection[int], alive: Callable[[], None]) -> None:
        """Publish live stories that the topic lacks, if they were or may now be published."""
        lacking = [each for each in self._stores.settlement.live_ids(shards) if each not in published.ours]
        again = 0
        for start in range(0, len(lacking), CHUNK):
            alive()
            chunk = lacking[start : start + CHUNK]
            again += self._stores.settlement.resend(chunk, self._settings.publisher.min_sources)
        self._metrics.stories_settled.labels(Settled.RESTORED).inc(again)
        if again:
            log.warning("live stories that their topic lacks are published again", stories=again)
