"""Batches that can't be read, and how a consumer gets past them.

kafka-python 3.0.12 raises where a batch is damaged, and goes round for ever inside the next `poll`; one name of a
header that is no UTF-8, which Kafka takes from any sender, is enough. Here such a name is read with its odd bytes
escaped, and what still can't be read becomes one record whose value is an `Unreadable`: reading goes on behind it.

A batch whose checksum is wrong is fetched once more before that: the fault may have been the network's. If its own
header can't be right either nobody knows where the next batch begins: UnreadableLogError. Batches of the formats
before Kafka 0.11 are left to the client.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, SupportsIndex

from kafka import KafkaConsumer, TopicPartition
from kafka.codec import has_gzip, has_lz4, has_snappy, has_zstd
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecord, DefaultRecordBatch

from groundswell.broker.unpacking import unpack
from groundswell.errors import CodecMissingError, UnreadableLogError

if TYPE_CHECKING:
    from typing_extensions import Self

MAGIC = 2
"""The format of batches since Kafka 0.11."""

CODECS = {"gzip": has_gzip, "snappy": has_snappy, "lz4": has_lz4, "zstd": has_zstd}

log = logging.getLogger(__name__)


class Unreadable(bytes):
    """The bytes of a batch, as they stand in the log, in the place of its records from `first` to `last`."""

    first: int
    last: int
    reason: str

    def __new__(cls, raw: bytes, first: int, last: int, reason: str) -> Self:
        """Bytes are made here: they never change."""
        made = super().__new__(cls, raw)
        made.first, made.last, made.reason = first, last, reason
        return made

    @property
    def told(self) -> str:
        """What stood there, for people."""
        which = f"offset {self.last}" if self.first == self.last else f"offsets {self.first} to {self.last}"
        return f"{which} can't be read: {self.reason}"


def read_past_unreadable(consumer: KafkaConsumer) -> None:
    """Make the consumer give an `Unreadable` for what it can't read, and go on. Raises CodecMissingError."""
    missing = [name for name, is_there in CODECS.items() if not is_there()]
    if missing:
        raise CodecMissingError(
            f"no library for the compression of Kafka records by {', '.join(missing)}: "
            "install kafka-python[lz4,snappy,zstd]"
        )
    fetcher = consumer._fetcher
    make = fetcher.PartitionRecords
    doubted: set[tuple[TopicPartition, int]] = set()

    def made(fetch_offset: int, partition: TopicPartition, records: Any, **options: Any) -> Any:
        return make(fetch_offset, partition, Batches(records, partition, fetch_offset, doubted), **options)

    fetcher.PartitionRecords = made


class Batches:
    """The batches of one answer of the broker, in the client's manner."""

    def __init__(
        self, records: Any, partition: TopicPartition, start: int, doubted: set[tuple[TopicPartition, int]]
    ) -> None:
        """`doubted` is shared by all answers: batches whose checksum was wrong when they came last."""
        self._records = records
        self._partition = partition
        self._start = start
        self._doubted = doubted
        self._ended = False

    def next_batch(self) -> Any:
        """The next one; None at the end, or where the rest must be fetched again."""
        if self._ended:
            return None
        try:
            batch = self._records.next_batch()
        except Exception as error:  # its length is damaged
            raise self._lost(self._start, repr(error)) from error
        if batch is None or batch.magic < MAGIC:
            return batch
        doubt = (self._partition, batch.base_offset)
        if batch.validate_crc():
            self._doubted.discard(doubt)
            return _Readable(batch, self._partition)
        if doubt in self._doubted:
            self._doubted.discard(doubt)
            return self._damaged(batch)
        self._doubted.add(doubt)
        self._ended = True
        log.warning("checksum wrong, fetched again: %s, offset %d", _place(self._partition), batch.base_offset)
        return None

    def _damaged(self, batch: DefaultRecordBatch) -> _Damaged:
        count = batch.last_offset_delta + 1
        if count != batch.records_count or count < 1:
            raise self._lost(batch.base_offset, "its checksum is wrong, and so is its number of records")
        return _Damaged(batch, self._partition)

    def _lost(self, offset: int, reason: str) -> UnreadableLogError:
        topic, number = self._partition
        return UnreadableLogError(
            f"the batch at offset {offset} of partition {number} of topic {topic} can't be read ({reason}), "
            "nor is it known where the next one begins: let another replica lead, or delete the records so far"
        )


@dataclass(frozen=True)
class _Damaged:
    """A batch of which only the extent can be told: one stand-in for all of it."""

    batch: DefaultRecordBatch
    partition: TopicPartition
    magic = MAGIC
    is_transactional = False
    is_control_batch = False

    @property
    def leader_epoch(self) -> int:
        """It stands outside of what the checksum covers."""
        return int(self.batch.leader_epoch)

    @property
    def next_offset(self) -> int:
        """Where to read on."""
        return int(self.batch.next_offset)

    def has_producer_id(self) -> bool:
        """What it says of its producer can't be believed."""
        return False

    def validate_crc(self) -> bool:
        """That was done already."""
        return True

    def __iter__(self) -> Iterator[DefaultRecord]:
        yield _stand_in(self.batch, self.partition, self.batch._buffer, self.batch.base_offset, "wrong checksum")


class _Readable:
    """A batch whose checksum is right; its records are read one by one, as far as that goes."""

    def __init__(self, batch: DefaultRecordBatch, partition: TopicPartition) -> None:
        self._batch = batch
        self._partition = partition

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def validate_crc(self) -> bool:
        """That was done already."""
        return True

    def __next__(self) -> Any:
        """The mark in a control batch."""
        return next(self._batch)

    def __iter__(self) -> Iterator[DefaultRecord]:
        batch = self._batch
        packed, offset = batch._buffer, batch.base_offset
        try:
            for record in _each(batch):
                yield record
                offset = record.offset + 1
        except Exception as error:  # each codec has errors of its own
            if offset <= batch.last_offset:
                yield _stand_in(batch, self._partition, packed, offset, repr(error))


class _Lenient(bytearray):
    """Text in it never fails to decode."""

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        found = super().__getitem__(at)
        return found if isinstance(found, int) else _Lenient(found)


def _each(batch: DefaultRecordBatch) -> Iterator[DefaultRecord]:
    """The records; from the first one that fails on, names of headers may be any bytes."""
    unpack(batch)
    records = iter(batch)
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except CorruptRecordError:
            if isinstance(batch._buffer, _Lenient):
                raise
            batch._buffer = _Lenient(batch._buffer)
            continue
        yield record


def _stand_in(
    batch: DefaultRecordBatch, partition: TopicPartition, packed: bytes, first: int, reason: str
) -> DefaultRecord:
    last = batch.last_offset
    log.warning("batch unreadable: %s, offsets %d to %d: %s", _place(partition), first, last, reason)
    value = Unreadable(bytes(packed), first, last, reason)
    return DefaultRecord(len(value), last, batch.max_timestamp, batch.timestamp_type, None, value, [])


def _place(partition: TopicPartition) -> str:
    return f"partition {partition.partition} of topic {partition.topic}"
