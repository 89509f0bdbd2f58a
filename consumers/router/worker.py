"""Reads articles and hands them on, each portion and its offsets in one Kafka transaction.

So a record stands on the topic of its edition exactly once, for whoever reads what is committed, whatever is
killed: what was under way is aborted by the broker and read again. A router that lost its partitions can't commit
(KIP-447).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import structlog
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord
from kafka.errors import CommitFailedError, KafkaError
from kafka.producer.future import FutureRecordMetadata
from kafka.structs import ConsumerGroupMetadata, OffsetAndMetadata

from consumers.router.choice import Choice
from consumers.router.router_metrics import RouterMetrics
from pipeline.adapters.kafka.clients import close_producer, make_consumer, make_producer
from pipeline.adapters.kafka.fitting import BATCH_BYTES, TOO_LARGE, await_all
from pipeline.mendable import MendableError
from pipeline.settings import Settings

TRANSACTION_TIMEOUT_MS = 10_000
"""After a crash inside a transaction the next owner of the partition waits for this long at most."""
PORTION_RECORDS = 500
PORTION_BYTES = 16_777_216
"""Fetched from all partitions together, so that a portion does not outlast its transaction."""
POLL_MS = 500

log = structlog.get_logger(__name__)


class EditionTopicTooSmallError(MendableError):
    """The topic of an edition takes less than the one that is read."""


class Router:
    """One member of the group of routers. After a KafkaError it is of no more use: make another."""

    def __init__(self, settings: Settings, choice: Choice, metrics: RouterMetrics) -> None:
        self._choice = choice
        self._metrics = metrics
        self._consumer: KafkaConsumer = make_consumer(
            settings.kafka, group_id=settings.router.group, max_poll_records=PORTION_RECORDS,
            fetch_max_bytes=PORTION_BYTES,
        )  # fmt: skip
        self._consumer.subscribe([settings.kafka.topics.articles])
        self._producer: KafkaProducer = make_producer(
            settings.kafka,
            transactional_id=f"{settings.router.group}-{uuid.uuid4()}",
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=10,
            batch_size=BATCH_BYTES,
        )
        self._opened = False

    @property
    def assigned(self) -> bool:
        """Whether the group has given us partitions."""
        return bool(self._consumer.assignment())

    def step(self) -> int:
        """Hand one portion on. Returns the number of its records; raises KafkaError where it is not."""
        if not self._opened:
            self._producer.init_transactions()
            self._opened = True
        polled: Mapping[TopicPartition, Sequence[ConsumerRecord]] = self._consumer.poll(timeout_ms=POLL_MS)
        # Ours at this time: what the consumer says later may be without a generation, which nobody checks.
        membership = self._consumer.group_metadata()
        records = [record for each in polled.values() for record in each]
        if records:
            if membership.generation_id < 0:
                raise CommitFailedError("we had left the group when these records were polled")
            self._hand_on(records, membership)
        self._metrics.lag.set(self._lag())
        return len(records)

    def close(self) -> None:
        """Leave the group; what is under way is aborted."""
        close_producer(self._producer, 1)
        self._consumer.close(autocommit=False, timeout_ms=5_000)

    def _hand_on(self, records: Sequence[ConsumerRecord], membership: ConsumerGroupMetadata) -> None:
        ends: dict[TopicPartition, int] = {}
        routed = [(record, topic) for record in records for topic in self._choice.topics_of(record.value)]
        for record in records:
            ends[TopicPartition(record.topic, record.partition)] = record.offset + 1
        try:
            self._producer.begin_transaction()
            sent = [self._send(record, topic) for record, topic in routed]
            await_all(sent, TRANSACTION_TIMEOUT_MS / 1_000)
            offsets = {each: OffsetAndMetadata(end, "", -1) for each, end in ends.items()}
            self._producer.send_offsets_to_transaction(offsets, membership)
            self._producer.commit_transaction()
        except TOO_LARGE as error:
            raise EditionTopicTooSmallError(
                "an article is too large for the topic of its edition: give the topics of router.editions the "
                "max.message.bytes of kafka.topics.articles"
            ) from error
        for _, topic in routed:
            self._metrics.routed.labels(topic).inc()

    def _send(self, record: ConsumerRecord, topic: str) -> FutureRecordMetadata:
        """As it came, its time too: by that dates are judged."""
        return self._producer.send(
            topic,
            key=record.key,
            value=None if record.value is None else bytes(record.value),
            headers=list(record.headers),
            timestamp_ms=record.timestamp if record.timestamp > 0 else None,
        )

    def _lag(self) -> int:
        total = 0
        for partition in self._consumer.assignment():
            end = self._consumer.highwater(partition)
            try:
                position = self._consumer.position(partition, timeout_ms=POLL_MS) if end is not None else None
            except KafkaError:
                continue
            if position is not None:
                total += max(end - position, 0)
        return total
