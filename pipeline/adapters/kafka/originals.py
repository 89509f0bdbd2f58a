"""The record that a dead letter tells of, as its producer sent it."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from pipeline.adapters.kafka.cut_letters import joined
from pipeline.adapters.kafka.dead_letters import own_headers
from pipeline.adapters.kafka.kept_letters import REPLAY_OF, REPLAY_PREFIX, Cut, KeptLetter
from pipeline.adapters.kafka.reading import record_at


class Original(NamedTuple):
    """Key, value and own headers, untouched."""

    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    @property
    def was_replayed(self) -> bool:
        """Whether the record was a letter before."""
        return REPLAY_OF in dict(self.headers)

    @property
    def sent_headers(self) -> list[tuple[str, bytes]]:
        """Without what a replay has told of it."""
        return [(name, value) for name, value in self.headers if not name.startswith(REPLAY_PREFIX)]


def original(letter: KeptLetter, record: ConsumerRecord, sources: KafkaConsumer) -> Original | None:
    """From the letter's own record where it is whole, else from where the record came from.

    None where that is not there any more, or no longer the same by its SHA-256.
    """
    if not letter.cuts:
        return Original(record.key, record.value, letter.headers)
    topic, partition, offset = letter.source
    source = record_at(sources, TopicPartition(topic, partition), offset)
    if source is None or source.value is None:
        return None
    headers = tuple(own_headers(source.headers))
    parts = {"value": source.value, "key": source.key, "headers": joined(headers)}
    if not all(_fits(cut, parts[part]) for part, cut in letter.cuts.items()):
        return None
    return Original(source.key, source.value, headers)


def _fits(cut: Cut, content: bytes | None) -> bool:
    return content is not None and hashlib.sha256(content).hexdigest() == cut.sha256
