"""One shard of the outbox, held by one publisher at a time.

The order that keeps revisions from going backwards (promise 6): take the lease, then open the shard's
transactional producer, which ends whatever an earlier holder still had under way, and only then read
stories. An earlier holder that wakes up late can't commit any more: the producer's epoch fences it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError
from kafka.producer.future import FutureRecordMetadata
from redis.exceptions import RedisError

from consumers.publisher.hold import Hold, ShardLostError
from consumers.publisher.policy import Policy
from consumers.publisher.publisher_metrics import PublisherMetrics
from groundswell.record import StoryRecord
from pipeline.adapters.kafka.clients import close_producer, make_producer
from pipeline.adapters.kafka.envelope import EventType, cloud_event, story_source
from pipeline.adapters.kafka.fitting import BATCH_BYTES, TOO_LARGE, await_all, less_room, room
from pipeline.adapters.kafka.shard_fence import transactional_id
from pipeline.adapters.store.kept_stories import KeptStories
from pipeline.adapters.store.outbox import Lease, Outbox, Pending
from pipeline.adapters.store.server import ServerGuard
from pipeline.domain.story.ended import shortened
from pipeline.domain.story.history import summarise
from pipeline.domain.story.roll import last_received
from pipeline.domain.story.shortening import fitted
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.gaps import Gap, at
from pipeline.json_codec import to_json
from pipeline.mendable import MendableError
from pipeline.runtime.vigil import Vigil
from pipeline.settings import Settings

ROUND_STORIES = 200
"""Records in one transaction, at most."""

SCAN_STORIES = 2_000
"""Pending stories looked at in one round; those not due yet are among them."""

TRANSACTION_TIMEOUT_MS = 30_000

SEND_S = 15.0
"""Kafka has the records of a round within this time, or it is away. A producer that lived through an outage may
not find its way back, so the shard is then opened anew."""

ROUND_BYTES = 16_777_216
"""Of one round: the rest waits for the next, so that no transaction of very large records outlasts its time."""

FORESEEN_STORIES = 32
"""Read before the first of their records is built."""

REST_S = 60.0
"""A story whose record can't be made rests for this long, and the others of its shard go on."""

log = structlog.get_logger(__name__)

T = TypeVar("T")

BuildRecord = Callable[[StorySnapshot], StoryRecord]
Foresee = Callable[[Sequence[StorySnapshot]], None]
"""Is told of the stories whose records are built next."""


class TopicTooSmallError(MendableError):
    """The topic takes no record, however short."""


class _TooLargeError(Exception):
    """Kafka refused a record of this round because of its size."""


@dataclass(frozen=True)
class Made:
    """What is to be published of one story."""

    snapshot: StorySnapshot
    record: StoryRecord
    value: bytes = field(repr=False)
    """The record as it is sent."""


@dataclass(frozen=True)
class ShardStores:
    """What a shard reads and acknowledges."""

    outbox: Outbox
    stories: KeptStories
    server: ServerGuard


class Shard:
    """A held shard. Publishing raises ShardLostError when it is not ours any more."""

    def __init__(
        self,
        number: int,
        lease: Lease,
        settings: Settings,
        stores: ShardStores,
        policy: Policy,
        build: BuildRecord,
        metrics: PublisherMetrics,
        *,
        foresee: Foresee | None = None,
        round_stories: int = ROUND_STORIES,
        vigil: Vigil | None = None,
    ) -> None:
        """The lease is kept up by `vigil` in the middle of long steps, of this shard and of others."""
        self.number = number
        self._settings = settings
        self._stores = stores
        self._policy = policy
        self._build = build
        self._foresee = foresee or (lambda _: None)
        self._metrics = metrics
        self._round_stories = round_stories
        self._limit = room(settings.kafka.topics.max_message_bytes)
        self._resting: dict[str, float] = {}
        self._hold = Hold(lease, vigil, settings.summariser)
        try:
            self._producer = self._open_producer()
        except BaseException:
            self._hold.let_go()
            raise
        self.oldest_s = 0.0
        """How long the longest waiting story that is due has waited."""

    def publish_due(self) -> int:
        """Publish what is due. Returns the number of records."""
        self._hold.renew()
        pending = self._stores.outbox.pending(self.number, SCAN_STORIES)
        ready = [each for each in pending if self._policy.is_due(each)]
        self.oldest_s = max((each.waiting_s for each in ready), default=0.0)
        awake = self._awake(ready)[: self._round_stories]
        if not awake:
            return 0
        with self._metrics.publishing(len(awake)):
            records = self._records(awake)
            at(Gap.STORIES_READ)
            if records and self._stores.server.is_same():
                self._hold.renew()
                self._reveal(awake, records)
                if self._sent_whole(records):
                    at(Gap.RECORDS_COMMITTED)
                    with self._hold.step():
                        self._acknowledge(records)
                    return len(records)
        return 0

    def waiting(self) -> int:
        """Stories in this shard of the outbox."""
        return self._stores.outbox.size(self.number)

    def keep(self) -> None:
        """Renew the lease where that is due, in the middle of other work."""
        self._hold.keep()

    def close(self) -> None:
        """Give the shard back."""
        close_producer(self._producer, 5)
        self._hold.release()

    def abandon(self) -> None:
        """Let go of a shard that was lost. Where the lease is still ours, the shard is free at once: whoever
        takes it raises the producer's epoch first, which settles what became of our transaction."""
        close_producer(self._producer, 1)
        self._hold.release()

    def _awake(self, ready: Sequence[Pending]) -> list[Pending]:
        """Without the stories that rest."""
        now = time.monotonic()
        self._resting = {story_id: until for story_id, until in self._resting.items() if until > now}
        return [each for each in ready if each.story_id not in self._resting]

    def _records(self, pending: Sequence[Pending]) -> list[Made]:
        """The records of one round."""
        records: list[Made] = []
        size = 0
        for start in range(0, len(pending), FORESEEN_STORIES):
            part = pending[start : start + FORESEEN_STORIES]
            read = [self._unless_it_fails(each.story_id, partial(self._wanted, each)) for each in part]
            snapshots = [each for each in read if each is not None]
            with self._hold.step():
                self._foresee(snapshots)
            for each in snapshots:
                made = self._unless_it_fails(each.story_id, partial(self._made, each))
                if made is not None:
                    records.append(made)
                    size += len(made.value)
                if size >= ROUND_BYTES:
                    return records
        return records

    def _unless_it_fails(self, story_id: str, step: Callable[[], T | None]) -> T | None:
        """A story that fails, for whatever reason of its own, holds nobody up."""
        try:
            return step()
        except (RedisError, KafkaError, ShardLostError):
            raise
        except Exception:
            log.exception("story not publishable, it rests", story_id=story_id, rest_s=REST_S)
            self._metrics.stories_unpublishable.inc()
            self._resting[story_id] = time.monotonic() + REST_S
            return None

    def _wanted(self, pending: Pending) -> StorySnapshot | None:
        """The story to publish; what the policy keeps back leaves the outbox."""
        with self._hold.step():
            snapshot = self._stores.stories.snapshot(pending.story_id)
            if snapshot is None:  # long expired
                self._stores.outbox.forget(self.number, pending.story_id)
                return None
            if not self._policy.wants(snapshot, published_before=pending.published_age_s is not None):
                self._stores.outbox.hold_back(self.number, snapshot.story_id, snapshot.revision)
                self._metrics.stories_held_back.inc()
                return None
            return snapshot

    def _made(self, snapshot: StorySnapshot) -> Made:
        return made_of(snapshot, self._built(snapshot))

    def _built(self, snapshot: StorySnapshot) -> StoryRecord:
        """The record, as much of it as fits; a language model may take its time over it."""
        with self._hold.step():
            record = fitted(self._build(snapshot), self._limit)
        self._hold.check()
        if record.cut:
            log.warning("record cut to fit its topic", story_id=record.story_id, lists=record.cut)
            self._metrics.stories_cut.inc()
        return record

    def _reopen(self) -> None:
        """A new epoch ends the transaction that was begun."""
        close_producer(self._producer, 1)
        try:
            self._producer = self._open_producer()
        except KafkaError as error:
            raise ShardLostError(f"producer not opened again: {error!r}") from error

    def _open_producer(self) -> KafkaProducer:
        at(Gap.SHARD_LEASED)
        redis, kafka = self._settings.redis, self._settings.kafka
        with self._hold.step():
            producer = make_producer(
                kafka,
                transactional_id=transactional_id(kafka, redis.edition, self.number),
                transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
                retry_backoff_ms=10,
                batch_size=BATCH_BYTES,
            )
            try:
                producer.init_transactions()
            except BaseException:
                close_producer(producer, 1)
                raise
        return producer

    def _reveal(self, pending: Sequence[Pending], records: Sequence[Made]) -> None:
        """Note of those that were never published that they may be from now on."""
        known = {each.story_id for each in pending if each.published_age_s is not None}
        first = [made.record.story_id for made in records if made.record.story_id not in known]
        if first:
            with self._hold.step():
                self._stores.outbox.reveal(first)

    def _sent_whole(self, records: Sequence[Made]) -> bool:
        """Send them. False where the topic takes less than the settings say: the next round is cut shorter."""
        try:
            with self._hold.step():
                self._send(records)
        except _TooLargeError as error:
            shorter = less_room(self._limit)
            if shorter is None:
                raise TopicTooSmallError(
                    f"{self._settings.kafka.topics.stories} takes no record of {self._limit} bytes: "
                    "raise its max.message.bytes"
                ) from error
            log.warning("records too large for their topic", tried_bytes=self._limit, next_bytes=shorter)
            self._limit = shorter
            self._reopen()
            return False
        return True

    def _send(self, records: Sequence[Made]) -> None:
        """All of them in one transaction. Only `commit_transaction` tells that they are on the topic."""
        topic = self._settings.kafka.topics.stories
        source = story_source(self._settings.redis.edition)
        sent: list[FutureRecordMetadata] = []
        try:
            self._producer.begin_transaction()
            for made in records:
                record = made.record
                event_id = f"{record.story_id}:{record.revision}"
                headers = cloud_event(event_id, EventType.STORY, source, record.updated_at)
                key = record.story_id.encode()
                sent.append(self._producer.send(topic, key=key, value=made.value, headers=headers))
            await_all(sent, SEND_S)
            at(Gap.RECORDS_OPEN)
            self._producer.commit_transaction()
        except TOO_LARGE as error:
            raise _TooLargeError from error
        except KafkaError as error:
            raise ShardLostError(f"records not published: {error!r}") from error

    def _acknowledge(self, records: Sequence[Made]) -> None:
        now = datetime.now(UTC)
        for made in records:
            record = made.record
            self._stores.outbox.acknowledge(
                self.number,
                record.story_id,
                record.revision,
                title_article_id=record.title_article_id,
                summary=to_json(summarise(record).model_dump(mode="json")),
                shortened=shortened(made.snapshot, record),
            )
            at(Gap.ONE_ACKNOWLEDGED)
            arrived = last_received(made.snapshot.articles) or record.updated_at
            self._metrics.event_to_publish_seconds.observe(max((now - arrived).total_seconds(), 0.0))
        self._metrics.published(len(records))


def made_of(snapshot: StorySnapshot, record: StoryRecord) -> Made:
    """Ready to be sent."""
    return Made(snapshot, record, to_json(record.model_dump(mode="json")))
