"""One shard of the outbox, held by one publisher at a time.

The order that keeps revisions from going backwards (promise 6): take the lease, then open the shard's
transactional producer, which ends whatever an earlier holder still had under way, and only then read
stories. An earlier holder that wakes up late can't commit any more: the producer's epoch fences it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from consumers.publisher.policy import due, wanted
from pipeline.codec import to_json
from pipeline.gaps import Gap, at
from pipeline.kafka.clients import make_producer
from pipeline.kafka.envelope import EventType, cloud_event
from pipeline.metrics import PublisherMetrics
from pipeline.records.story import StoryRecord
from pipeline.settings import Settings
from pipeline.store.outbox import Lease, Outbox, Pending
from pipeline.store.stories import StoryReader
from pipeline.story.history import summarise
from pipeline.story.snapshot import StorySnapshot

ROUND_STORIES = 200
"""Records in one transaction, at most."""

SCAN_STORIES = 2_000
"""Pending stories looked at in one round; those not due yet are among them."""

TRANSACTION_TIMEOUT_MS = 30_000

log = structlog.get_logger(__name__)

BuildRecord = Callable[[StorySnapshot], StoryRecord]


class ShardLostError(Exception):
    """Another publisher holds the shard now, or Kafka did not take our records."""


@dataclass(frozen=True)
class ShardStores:
    """What a shard reads and acknowledges."""

    outbox: Outbox
    stories: StoryReader


class Shard:
    """A held shard. Publishing raises ShardLostError when it is not ours any more."""

    def __init__(
        self,
        number: int,
        lease: Lease,
        settings: Settings,
        stores: ShardStores,
        build: BuildRecord,
        metrics: PublisherMetrics,
        *,
        round_stories: int = ROUND_STORIES,
    ) -> None:
        self.number = number
        self._lease = lease
        self._settings = settings
        self._stores = stores
        self._build = build
        self._metrics = metrics
        self._round_stories = round_stories
        self._producer = self._open_producer()
        self.oldest_s = 0.0
        """How long the longest waiting story that is due has waited."""

    def publish_due(self) -> int:
        """Publish what is due. Returns the number of records."""
        if not self._lease.renew():
            raise ShardLostError("the lease ran out and was taken")
        pending = self._stores.outbox.pending(self.number, SCAN_STORIES)
        ready = [each for each in pending if due(each, self._settings.publisher)]
        self.oldest_s = max((each.waiting_s for each in ready), default=0.0)
        chosen = self._choose(ready[: self._round_stories])
        if not chosen:
            return 0
        with self._metrics.publishing(len(chosen)):
            records = [(snapshot, self._built(snapshot)) for snapshot in chosen]
            at(Gap.STORIES_READ)
            self._send([record for _, record in records])
            at(Gap.RECORDS_COMMITTED)
            self._acknowledge(records)
        return len(records)

    def waiting(self) -> int:
        """Stories in this shard of the outbox."""
        return self._stores.outbox.size(self.number)

    def close(self) -> None:
        """Give the shard back."""
        self._producer.close(timeout=5)
        self._lease.release()

    def abandon(self) -> None:
        """Let go of a shard that was lost; the lease runs out by itself."""
        self._producer.close(timeout=1)

    def _choose(self, ready: Sequence[Pending]) -> list[StorySnapshot]:
        """Snapshots to publish; what the policy keeps back leaves the outbox."""
        chosen = []
        for pending in ready:
            snapshot = self._stores.stories.snapshot(pending.story_id)
            if snapshot is None:  # long expired
                self._stores.outbox.forget(self.number, pending.story_id)
            elif wanted(snapshot, pending.published_age_s is not None, self._settings.publisher):
                chosen.append(snapshot)
            else:
                self._stores.outbox.hold_back(self.number, snapshot.story_id, snapshot.revision)
                self._metrics.stories_held_back.inc()
        return chosen

    def _built(self, snapshot: StorySnapshot) -> StoryRecord:
        """The record; a language model may take its time over it."""
        record = self._build(snapshot)
        if not self._lease.keep():
            raise ShardLostError("the lease ran out while records were built")
        return record

    def _open_producer(self) -> KafkaProducer:
        at(Gap.SHARD_LEASED)
        redis, kafka = self._settings.redis, self._settings.kafka
        producer = make_producer(
            kafka,
            transactional_id=f"{kafka.topics.stories}-{redis.edition}-{self.number}",
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=10,
        )
        producer.init_transactions()
        return producer

    def _send(self, records: Sequence[StoryRecord]) -> None:
        """All of them in one transaction. Only `commit_transaction` tells that they are on the topic."""
        topic = self._settings.kafka.topics.stories
        source = f"/editions/{self._settings.redis.edition}"
        try:
            self._producer.begin_transaction()
            for record in records:
                event_id = f"{record.story_id}:{record.revision}"
                self._producer.send(
                    topic,
                    key=record.story_id.encode(),
                    value=to_json(record.model_dump(mode="json")),
                    headers=cloud_event(event_id, EventType.STORY, source, record.updated_at),
                )
            at(Gap.RECORDS_OPEN)
            self._producer.commit_transaction()
        except KafkaError as error:
            raise ShardLostError(f"records not published: {error!r}") from error

    def _acknowledge(self, records: Sequence[tuple[StorySnapshot, StoryRecord]]) -> None:
        now = datetime.now(UTC)
        for snapshot, record in records:
            self._stores.outbox.acknowledge(
                self.number,
                record.story_id,
                record.revision,
                title_article_id=record.title_article_id,
                summary=to_json(summarise(record).model_dump(mode="json")),
            )
            at(Gap.ONE_ACKNOWLEDGED)
            arrived = max((each.received_at for each in snapshot.articles), default=snapshot.updated_at)
            self._metrics.event_to_publish_seconds.observe(max((now - arrived).total_seconds(), 0.0))
        self._metrics.published(len(records))
