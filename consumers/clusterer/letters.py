"""Writes dead letters exactly once, although Redis and Kafka share no transaction.

A dead letter is sent in one Kafka transaction with the group's offset behind it. After a crash between that
and the commit in Redis the same records are read again: those before Kafka's committed offset have their
letters already. A clusterer that lost its partitions can't commit the transaction (KIP-447).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import structlog
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from pipeline.gaps import Gap, at
from pipeline.kafka.clients import make_producer
from pipeline.kafka.dead_letters import DeadLetter
from pipeline.settings import KafkaSettings

TRANSACTION_TIMEOUT_MS = 10_000
"""After a crash inside a transaction the next owner of the partition waits for this long at most."""

log = structlog.get_logger(__name__)


class LostPartitionsError(Exception):
    """The letters were not written: the group gave our partitions to another consumer."""


class DeadLetterWriter:
    """The dead letters of one clusterer."""

    def __init__(self, settings: KafkaSettings, consumer: KafkaConsumer) -> None:
        self._settings = settings
        self._consumer = consumer
        self._topic = settings.topics.dead_letters
        self._producer: KafkaProducer | None = None
        self._written: dict[TopicPartition, int] = {}

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        """Learn up to where the letters of newly assigned partitions are written."""
        for partition in partitions:
            self._written[partition] = self._consumer.committed(partition) or 0

    def written(self, partition: TopicPartition) -> int:
        """The offset before which every dead letter of this partition is written."""
        return self._written.get(partition, 0)

    def write(self, letters: Sequence[DeadLetter]) -> None:
        """Write those that are not written yet. Raises LostPartitionsError, with nothing written."""
        fresh = [each for each in letters if each.offset >= self._written.get(_partition(each), 0)]
        if not fresh:
            return
        ends: dict[TopicPartition, int] = {}
        for each in fresh:
            ends[_partition(each)] = max(ends.get(_partition(each), 0), each.offset + 1)
        producer = self._producer or self._open()
        at(Gap.LETTERS_UNWRITTEN)
        try:
            self._transact(producer, fresh, ends)
        except KafkaError as error:
            self._abandon(producer)
            raise LostPartitionsError(f"dead letters not written: {error!r}") from error
        self._written.update(ends)
        for each in fresh:
            log.warning(
                "dead letter", partition=each.partition, offset=each.offset, reason=each.message[:300]
            )

    def close(self) -> None:
        """Let go of the broker."""
        if self._producer is not None:
            self._producer.close(timeout=5)

    def _transact(
        self, producer: KafkaProducer, letters: Sequence[DeadLetter], ends: dict[TopicPartition, int]
    ) -> None:
        producer.begin_transaction()
        for each in letters:
            producer.send(self._topic, key=each.key, value=each.value, headers=each.kafka_headers())
        offsets = {partition: OffsetAndMetadata(end, "", -1) for partition, end in ends.items()}
        producer.send_offsets_to_transaction(offsets, self._consumer.group_metadata())
        at(Gap.LETTERS_OPEN)
        producer.commit_transaction()
        at(Gap.LETTERS_WRITTEN)

    def _open(self) -> KafkaProducer:
        self._producer = make_producer(
            self._settings,
            transactional_id=f"{self._settings.group}-letters-{uuid.uuid4()}",
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=10,
        )
        self._producer.init_transactions()
        return self._producer

    def _abandon(self, producer: KafkaProducer) -> None:
        """A producer whose transaction failed is not used again; the broker aborts what it had begun."""
        self._producer = None
        try:
            producer.abort_transaction()
        except KafkaError as error:
            log.warning("transaction not aborted, it times out", error=repr(error))
        producer.close(timeout=5)


def _partition(letter: DeadLetter) -> TopicPartition:
    return TopicPartition(letter.topic, letter.partition)
