"""The clusterer's loop: the next batch is prepared while this one is decided and committed."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass

import structlog
from kafka import KafkaConsumer, TopicPartition

from consumers.clusterer.clusterer_metrics import ArticleOutcome, ClustererMetrics, Refusal
from consumers.clusterer.decision import BatchDecision, LateRefusalError
from consumers.clusterer.encoding import EncodingThread
from consumers.clusterer.hiding import Hiding
from consumers.clusterer.input_log import InputLog
from consumers.clusterer.intake import Intake
from consumers.clusterer.letters import DeadLetterWriter, LettersNotWrittenError
from consumers.clusterer.partitions import Partitions
from consumers.clusterer.preparation import Preparation, PreparedBatch
from consumers.clusterer.sweep_times import SweepTimes
from consumers.clusterer.synced_clustering import SyncedClustering
from pipeline.adapters.kafka.group import GroupMark
from pipeline.adapters.kafka.identity import TopicIdentity
from pipeline.adapters.store.articles import ArticleReader
from pipeline.adapters.store.commit import Batch, Claim, CommitOutcome, Committed, Fenced, Stale
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.server import ServerGuard
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.types import Changes
from pipeline.domain.encoder.protocol import Encoder
from pipeline.gaps import Gap, at
from pipeline.runtime.vigil import LongStep
from pipeline.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Stores:
    """What the worker reads and writes in Redis."""

    positions: Positions
    articles: ArticleReader
    stories: StoryReader
    clustering: SyncedClustering
    server: ServerGuard
    hiding: Hiding


class Clusterer:
    """One clusterer; any number of them share the topic's partitions."""

    def __init__(
        self,
        settings: Settings,
        consumer: KafkaConsumer,
        stores: Stores,
        encoder: Encoder,
        metrics: ClustererMetrics,
        identity: TopicIdentity,
        *,
        long_step: LongStep = nullcontext,
    ) -> None:
        self._settings = settings.clusterer
        self._consumer = consumer
        self._stores = stores
        self._metrics = metrics
        self._identity = identity
        self._mark = GroupMark(settings.kafka.group, settings.redis.edition)
        self._letters = DeadLetterWriter(settings.kafka, consumer, self._mark)
        self._encoding = EncodingThread(encoder, metrics)
        topic = settings.kafka.topics.articles
        policy = settings.clusterer.lost_input
        input_log = InputLog(consumer, stores.positions, topic, identity.current, policy, metrics)
        self._partitions = Partitions(consumer, input_log, topic, self._letters.resume)
        self._preparation = Preparation(
            self._settings, self._partitions, self._encoding, self._decision, metrics, long_step=long_step
        )
        self._incarnation = ""
        self._sweep_times = SweepTimes(self._settings, stores.positions)

    @property
    def assigned(self) -> bool:
        """True once partitions are ours."""
        return bool(self._partitions.positions)

    def step(self) -> int:
        """One turn of the loop: one batch at most. Returns the number of records committed."""
        if not self._redis_is_ready():
            return 0
        self._stores.hiding.look()
        batch = self._preparation.next()
        self._metrics.consumer_lag.set(self._partitions.lag())
        if batch is None:
            if self.assigned and self._sweep_times.in_pause():  # the cheapest time to repair what came before it
                self.sweep()
            return 0
        if not self._apply(batch):
            self._preparation.drop()
            return 0
        self._preparation.done()
        if self._sweep_times.applied(batch.taken.count):
            self.sweep()
        return batch.taken.count

    def _redis_is_ready(self) -> bool:
        """Where Redis lost something, what it lost is read again, also if nothing new comes in to show it."""
        if not self._stores.server.confirm():
            return False
        if self._stores.server.incarnation != self._incarnation:
            self._incarnation = self._stores.server.incarnation
            self._preparation.drop()
            self._sweep_times.look_anew()
        return True

    def sweep(self) -> None:
        """Repair and expiry, committed like any batch, with no positions behind it.

        Where there is more of it than one sweep does, the next follows after the next batch, or pause.
        """
        self._sweep_times.begun()
        self._stores.hiding.note()  # before repair could merge what is hidden
        changes, outcome = self._stores.clustering.commit(lambda clustering: clustering.sweep(), _sweep_batch)
        if isinstance(outcome, Committed):
            self._sweep_times.done(more=changes.more_to_sweep)
            self._count_repairs(changes)
        elif isinstance(outcome, Stale):
            self._metrics.refused(Refusal.OVERTAKEN)
            log.warning("sweep overtaken by others time after time, it is tried again later")

    def close(self) -> None:
        """Leave the group at once, so that others take over without waiting."""
        self._letters.close()
        self._consumer.close()
        self._encoding.close()
        self._identity.close()

    def _decision(self, intake: Intake) -> BatchDecision:
        return BatchDecision(
            intake, self._stores.articles, self._stores.stories, self._encoding.encode, self._settings.lead_chars
        )

    def _apply(self, batch: PreparedBatch) -> bool:
        """Dead letters first: what Redis counts as dead-lettered is on the topic already (promise 1)."""
        decision = batch.decision
        try:
            self._letters.write(decision.intake.dead_letters, batch.taken.membership)
        except LettersNotWrittenError as error:
            log.warning("batch dropped, it will be read again", reason=str(error))
            return False
        try:
            changes, outcome = self._stores.clustering.commit(decision.decide, decision.pack)
        except LateRefusalError:
            log.warning(
                "batch dropped, it will be read again", reason="articles without a vector came to light late"
            )
            return False
        if not isinstance(outcome, Committed):
            self._tell(outcome)
            return False
        self._note(decision.intake, changes)
        return True

    def _tell(self, outcome: CommitOutcome) -> None:
        """The batch is not applied: it is read again from where the store stands."""
        if isinstance(outcome, Fenced):
            log.warning("batch refused, its position moved", partition=outcome.partition, stored=outcome.stored)
        elif isinstance(outcome, Stale):
            self._metrics.refused(Refusal.OVERTAKEN)
            log.warning("batch overtaken by others time after time, it will be read again")

    def _note(self, intake: Intake, changes: Changes) -> None:
        """The batch is applied: move on, tell Kafka for its lag tools, count."""
        for claim in intake.claims:
            self._partitions.advance(_partition(claim), claim.end)
        at(Gap.OFFSETS_UNTOLD)
        self._consumer.commit_async(
            {_partition(each): self._mark.offset(self._told(each)) for each in intake.claims}
        )
        outcomes = [ArticleOutcome(each.verdict.value) for each in changes.assignments]
        outcomes += [ArticleOutcome.DUPLICATE] * (len(intake.received) - len(outcomes))
        outcomes += [ArticleOutcome.DEAD_LETTERED] * len(intake.dead_letters)
        self._metrics.committed(outcomes)
        self._metrics.reprints.inc(sum(each.original_id is not None for each in changes.assignments))
        self._metrics.gray_decisions.inc(sum(each.gray for each in changes.assignments))
        self._metrics.articles_corrected.inc(len(changes.corrections))
        self._metrics.articles_withdrawn.inc(len(changes.withdrawals))
        self._count_repairs(changes)

    def _told(self, claim: Claim) -> int:
        """The offset that Kafka hears: never before the letters that are written, which it remembers for us."""
        return max(claim.end, self._letters.written(_partition(claim)))

    def _count_repairs(self, changes: Changes) -> None:
        self._metrics.stories_merged.inc(len(changes.merges))
        self._metrics.stories_split.inc(len(changes.splits))
        self._metrics.stories_closed.inc(len(changes.closed))
        self._metrics.live_stories.set(self._stores.clustering.live_stories)


def _sweep_batch(seen: int, changes: Changes) -> Batch:
    return Batch(seen, changes, swept=not changes.more_to_sweep)


def _partition(claim: Claim) -> TopicPartition:
    return TopicPartition(claim.topic, claim.partition)
