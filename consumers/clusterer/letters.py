"""Writes dead letters exactly once, although Redis and Kafka share no transaction.

A dead letter is sent in one Kafka transaction with the group's offset behind it. After a crash between that
and the commit in Redis the same records are read again: those before Kafka's committed offset have their
letters already. A clusterer that lost its partitions can't commit the transaction (KIP-447).

A letter that is too large for its topic is cut, so that no record blocks its partition.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence

import structlog
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    AuthorizationError,
    CommitFailedError,
    FencedInstanceIdError,
    IllegalGenerationError,
    InvalidProducerEpochError,
    InvalidRequiredAcksError,
    InvalidTopicError,
    InvalidTransactionTimeoutError,
    KafkaError,
    PolicyViolationError,
    ProducerFencedError,
    RebalanceInProgressError,
    SaslAuthenticationFailedError,
    UnknownMemberIdError,
    UnsupportedVersionError,
)
from kafka.producer.future import FutureRecordMetadata
from kafka.structs import ConsumerGroupMetadata

from pipeline.adapters.kafka.clients import close_producer, make_producer
from pipeline.adapters.kafka.cut_letters import written
from pipeline.adapters.kafka.dead_letters import DeadLetter
from pipeline.adapters.kafka.fitting import BATCH_BYTES, TOO_LARGE, await_all, less_room, room
from pipeline.adapters.kafka.group import GroupMark
from pipeline.gaps import Gap, at
from pipeline.mendable import MendableError
from pipeline.settings import KafkaSettings

TRANSACTION_TIMEOUT_MS = 10_000
"""After a crash inside a transaction the next owner of the partition waits for this long at most."""

log = structlog.get_logger(__name__)


PORTION_BYTES = 16_777_216
"""Letters of one transaction, at most: a batch of very large ones must not outlast TRANSACTION_TIMEOUT_MS."""

LOST = (
    CommitFailedError,
    FencedInstanceIdError,
    IllegalGenerationError,
    InvalidProducerEpochError,
    ProducerFencedError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
"""The group, or a producer of the same name, has moved on."""

REFUSED = (
    AuthorizationError,
    InvalidRequiredAcksError,
    InvalidTopicError,
    InvalidTransactionTimeoutError,
    PolicyViolationError,
    SaslAuthenticationFailedError,
    UnsupportedVersionError,
)
"""Trying again changes nothing: somebody must change rights or settings."""


class LettersNotWrittenError(Exception):
    """The letters were not written, though Kafka may take them later: the batch is to be read again."""


class LostPartitionsError(LettersNotWrittenError):
    """The letters were not written: the group gave our partitions to another consumer."""


class LettersRefusedError(MendableError):
    """Kafka will never take these letters as things are."""


class DeadLetterWriter:
    """The dead letters of one clusterer."""

    def __init__(self, settings: KafkaSettings, consumer: KafkaConsumer, mark: GroupMark) -> None:
        self._settings = settings
        self._consumer = consumer
        self._mark = mark
        self._topic = settings.topics.dead_letters
        self._limit = room(settings.topics.max_message_bytes)
        self._producer: KafkaProducer | None = None
        self._written: dict[TopicPartition, int] = {}

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        """Learn up to where the letters of newly assigned partitions are written.

        And have each of them marked as ours from the beginning. Raises AnotherGroupError.
        """
        unmarked = {}
        for partition in partitions:
            committed = self._consumer.committed(partition, metadata=True)
            self._written[partition] = committed.offset if committed else 0
            if not self._mark.is_on(committed):
                at_least = committed.offset if committed else self._consumer.position(partition)
                unmarked[partition] = self._mark.offset(at_least)
        if unmarked:
            self._consumer.commit_async(unmarked)

    def written(self, partition: TopicPartition) -> int:
        """The offset before which every dead letter of this partition is written."""
        return self._written.get(partition, 0)

    def write(self, letters: Sequence[DeadLetter], membership: ConsumerGroupMetadata) -> None:
        """Write those that are not written yet, each portion wholly or not at all.

        `membership` is ours at the time when the records were polled. What the consumer says later is of no use:
        the client drops its generation as soon as it hears that the group went on without it, and the broker takes
        offsets without a generation from anybody.

        Raises LettersNotWrittenError where the batch must be read again, LettersRefusedError where that is no use.
        """
        fresh = [each for each in letters if each.offset >= self._written.get(_partition(each), 0)]
        if fresh and membership.generation_id < 0:
            raise LostPartitionsError("dead letters not written: we had left the group when they were polled")
        for portion in _portions(fresh):
            self._write_portion(portion, membership)
            for each in portion:
                log.warning("dead letter", partition=each.partition, offset=each.offset, reason=each.message[:300])

    def close(self) -> None:
        """Let go of the broker."""
        if self._producer is not None:
            close_producer(self._producer, 5)

    def _write_portion(self, letters: Sequence[DeadLetter], membership: ConsumerGroupMetadata) -> None:
        """In one transaction; cut further for as long as the broker says that a letter is too large."""
        ends: dict[TopicPartition, int] = {}
        for each in letters:
            ends[_partition(each)] = max(ends.get(_partition(each), 0), each.offset + 1)
        limit: int | None = self._limit
        while limit is not None:
            self._limit = limit
            failure = self._try(letters, ends, membership)
            if failure is None:
                self._written.update(ends)
                return
            if not isinstance(failure, TOO_LARGE):
                raise _told(failure) from failure
            limit = less_room(limit)
        raise LettersRefusedError(
            f"the broker takes no letter of {self._limit} bytes on {self._topic}: raise its max.message.bytes"
        )

    def _try(
        self, letters: Sequence[DeadLetter], ends: dict[TopicPartition, int], membership: ConsumerGroupMetadata
    ) -> KafkaError | None:
        """What Kafka has against it; None where the letters are written."""
        producer = None
        try:
            producer = self._producer or self._open()
            at(Gap.LETTERS_UNWRITTEN)
            self._transact(producer, letters, ends, membership)
        except KafkaError as error:
            self._abandon(producer, abort=not isinstance(error, TOO_LARGE))
            return error
        return None

    def _transact(
        self,
        producer: KafkaProducer,
        letters: Sequence[DeadLetter],
        ends: dict[TopicPartition, int],
        membership: ConsumerGroupMetadata,
    ) -> None:
        producer.begin_transaction()
        sent: list[FutureRecordMetadata] = []
        for each in letters:
            key, value, headers = written(each, self._limit)
            sent.append(producer.send(self._topic, key=key, value=value, headers=headers))
        await_all(sent, TRANSACTION_TIMEOUT_MS / 1000)
        offsets = {partition: self._mark.offset(end) for partition, end in ends.items()}
        producer.send_offsets_to_transaction(offsets, membership)
        at(Gap.LETTERS_OPEN)
        producer.commit_transaction()
        at(Gap.LETTERS_WRITTEN)

    def _open(self) -> KafkaProducer:
        self._producer = make_producer(
            self._settings,
            transactional_id=f"{self._settings.group}-letters-{uuid.uuid4()}",
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=10,
            batch_size=BATCH_BYTES,
        )
        self._producer.init_transactions()
        return self._producer

    def _abandon(self, producer: KafkaProducer | None, *, abort: bool) -> None:
        """A producer whose transaction failed is not used again; the broker aborts what it had begun."""
        self._producer = None
        if producer is None:
            return
        try:
            if abort:
                producer.abort_transaction()
        except KafkaError as error:
            log.warning("transaction not aborted, it times out", error=repr(error))
        close_producer(producer, 1)


def _portions(letters: Sequence[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """Few enough bytes for one short transaction; in order, because of the offset behind each portion."""
    portion: list[DeadLetter] = []
    size = 0
    for each in sorted(letters, key=lambda letter: (letter.topic, letter.partition, letter.offset)):
        own = len(each.value or b"")
        if portion and size + own > PORTION_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(each)
        size += own
    if portion:
        yield portion


def _told(error: KafkaError) -> Exception:
    """The error by what it means for the batch."""
    if isinstance(error, REFUSED):
        return LettersRefusedError(f"Kafka refuses dead letters: {error!r}; mend rights or settings")
    if isinstance(error, LOST):
        return LostPartitionsError(f"dead letters not written: {error!r}")
    return LettersNotWrittenError(f"dead letters not written, Kafka could not: {error!r}")


def _partition(letter: DeadLetter) -> TopicPartition:
    return TopicPartition(letter.topic, letter.partition)
