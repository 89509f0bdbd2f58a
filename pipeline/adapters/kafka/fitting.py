"""Whether a record fits a topic, by its bytes before compression."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kafka.errors import MessageSizeTooLargeError, RecordListTooLargeError
from kafka.producer.future import FutureRecordMetadata
from kafka.record.default_records import DefaultRecordBatchBuilder

TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
"""What client and broker call a record that does not fit."""

RESERVED_BYTES = 65_536
"""Left free below a topic's limit, for the batch around a record: what can't be compressed even grows a little."""

LEAST_BYTES = 32_768
"""A topic that takes less than this can't be worked with."""

BATCH_BYTES = LEAST_BYTES // 2
"""For transactions: a batch of several records must not be too large for any topic that can be worked with. The
client would part it and send the parts again, and then kafka-python 3.0.12 never ends the transaction."""


def record_bytes(key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> int:
    """Size of one record as the client reckons it."""
    return int(DefaultRecordBatchBuilder.estimate_size_in_bytes(key, value, list(headers)))


def await_all(sent: Iterable[FutureRecordMetadata], timeout_s: float) -> None:
    """Wait until the broker has each record, before the transaction is committed. Raises the first KafkaError.

    kafka-python 3.0.12 can wait for ever in a commit, or an abort, behind a record that the broker refused: the
    records sent after it never get through. After one of TOO_LARGE close the producer without aborting.
    """
    for each in sent:
        each.get(timeout=timeout_s)


def room(max_message_bytes: int) -> int:
    """How large a record may be on a topic with this limit."""
    return max(max_message_bytes - RESERVED_BYTES, LEAST_BYTES)


def less_room(limit: int) -> int | None:
    """What to try after the broker refused records up to `limit`: its topic may have a lower one than the
    settings say. None where nothing sensible is left to try."""
    return max(limit // 2, LEAST_BYTES) if limit > LEAST_BYTES else None
