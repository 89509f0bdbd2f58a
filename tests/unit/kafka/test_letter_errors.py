"""Errors of the dead-letter writer are told apart by what they mean for the batch."""

from __future__ import annotations

from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import (
    IllegalGenerationError,
    KafkaError,
    KafkaTimeoutError,
    NotEnoughReplicasError,
    ProducerFencedError,
    RebalanceInProgressError,
    TopicAuthorizationFailedError,
    UnsupportedVersionError,
)

from consumers.clusterer import letters
from consumers.clusterer.letters import (
    PORTION_BYTES,
    DeadLetterWriter,
    LettersNotWrittenError,
    LettersRefusedError,
    LostPartitionsError,
)
from pipeline.adapters.kafka.dead_letters import DeadLetter, Stage
from pipeline.adapters.kafka.group import GroupMark
from pipeline.settings import KafkaSettings
from tests.unit.clusterer.fakes import MEMBER


def letter(offset: int, size: int = 1) -> DeadLetter:
    return DeadLetter("articles", 0, offset, b"k", b"x" * size, (), Stage.VALUE_CONVERTER, "E", "why")


class Acknowledged:
    def get(self, timeout: float) -> None: ...


class Producer:
    """Takes what a transactional producer takes; fails at the offsets with what it was given."""

    def __init__(self, failure: KafkaError | None = None) -> None:
        self._failure = failure
        self.committed: list[dict[TopicPartition, Any]] = []

    def init_transactions(self) -> None: ...
    def begin_transaction(self) -> None: ...
    def commit_transaction(self) -> None: ...
    def abort_transaction(self) -> None: ...
    def close(self, timeout: float) -> None: ...

    def send(self, *_: Any, **__: Any) -> Acknowledged:
        return Acknowledged()

    def send_offsets_to_transaction(self, offsets: dict[TopicPartition, Any], _group: Any) -> None:
        if self._failure:
            raise self._failure
        self.committed.append(offsets)


def write(monkeypatch: pytest.MonkeyPatch, producer: Producer, sent: list[DeadLetter]) -> DeadLetterWriter:
    monkeypatch.setattr(letters, "make_producer", lambda *_, **__: producer)
    writer = DeadLetterWriter(KafkaSettings(), object(), GroupMark("a group", "main"))
    writer.write(sent, MEMBER)
    return writer


@pytest.mark.parametrize("error", [IllegalGenerationError, RebalanceInProgressError, ProducerFencedError])
def test_a_group_that_moved_on_means_lost_partitions(
    monkeypatch: pytest.MonkeyPatch, error: type[KafkaError]
) -> None:
    with pytest.raises(LostPartitionsError):
        write(monkeypatch, Producer(error()), [letter(0)])


@pytest.mark.parametrize("error", [KafkaTimeoutError, NotEnoughReplicasError])
def test_a_broker_that_can_not_now_means_read_the_batch_again(
    monkeypatch: pytest.MonkeyPatch, error: type[KafkaError]
) -> None:
    with pytest.raises(LettersNotWrittenError) as raised:
        write(monkeypatch, Producer(error()), [letter(0)])
    assert not isinstance(raised.value, LostPartitionsError)


@pytest.mark.parametrize("error", [TopicAuthorizationFailedError, UnsupportedVersionError])
def test_a_broker_that_never_will_ends_the_clusterer_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, error: type[KafkaError]
) -> None:
    with pytest.raises(LettersRefusedError, match=error.__name__):
        write(monkeypatch, Producer(error()), [letter(0)])


def test_many_large_letters_are_written_in_short_transactions_in_order_of_their_offsets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    producer = Producer()
    each = PORTION_BYTES // 2
    writer = write(monkeypatch, producer, [letter(offset, each) for offset in (2, 0, 1)])
    partition = TopicPartition("articles", 0)
    assert [offsets[partition].offset for offsets in producer.committed] == [2, 3]
    assert writer.written(partition) == 3
