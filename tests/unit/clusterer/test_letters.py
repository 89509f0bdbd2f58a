"""Dead letters and the offset behind them, in one transaction, once."""

from __future__ import annotations

from typing import cast

import pytest
from kafka import KafkaConsumer
from kafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
    UnknownMemberIdError,
)
from kafka.structs import ConsumerGroupMetadata

from consumers.clusterer.letters import (
    PORTION_BYTES,
    TRANSACTION_TIMEOUT_MS,
    DeadLetterWriter,
    LettersNotWrittenError,
    LettersRefusedError,
    LostPartitionsError,
)
from pipeline.adapters.kafka.dead_letters import DeadLetter, dead_letter
from pipeline.adapters.kafka.fitting import BATCH_BYTES
from pipeline.adapters.kafka.group import AnotherGroupError, GroupMark
from pipeline.domain.records.parse import InvalidArticle
from pipeline.settings import KafkaSettings
from tests.unit.clusterer.fakes import MEMBER, FakeConsumer, FakeFuture, FakeProducer, FakeRecord, at

MARK = GroupMark("a group", "main")


class Bench:
    """A writer between fakes; each producer that it opens is kept."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.consumer = FakeConsumer()
        self.producers: list[FakeProducer] = []
        self.fail_next = False

        def opened(settings: KafkaSettings, **options: object) -> FakeProducer:
            told = {"servers": settings.bootstrap_servers, **options}
            self.producers.append(FakeProducer(fails=self.fail_next, options=told))
            return self.producers[-1]

        monkeypatch.setattr("consumers.clusterer.letters.make_producer", opened)
        self.writer = DeadLetterWriter(KafkaSettings(), cast(KafkaConsumer, self.consumer), MARK)

    def topic(self) -> list[bytes | None]:
        return [value for each in self.producers for value in each.topic]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(monkeypatch)


def letter(partition: int, offset: int) -> DeadLetter:
    record = FakeRecord(partition, offset, 0, value=f"{partition}/{offset}".encode())
    return dead_letter(record, InvalidArticle("no title"))


def test_the_offset_behind_the_last_letter_of_each_partition_is_committed_with_them(bench: Bench) -> None:
    bench.writer.resume([at(0), at(1)])
    bench.writer.write([letter(0, 9), letter(0, 4), letter(1, 2)], MEMBER)
    assert bench.producers[0].offsets == {at(0): 10, at(1): 3}
    assert [bench.writer.written(at(each)) for each in (0, 1, 2)] == [10, 3, 0]
    assert sorted(bench.topic(), key=str) == [b"0/4", b"0/9", b"1/2"]


def test_letters_before_the_committed_offset_are_written_already(bench: Bench) -> None:
    bench.consumer.offsets = {at(0): 5}
    bench.writer.resume([at(0)])
    bench.writer.write([letter(0, 4), letter(0, 5)], MEMBER)
    assert bench.topic() == [b"0/5"]


def test_letters_that_are_read_again_are_not_written_again(bench: Bench) -> None:
    bench.writer.resume([at(0)])
    for _ in range(2):
        bench.writer.write([letter(0, 4), letter(0, 5)], MEMBER)
    assert bench.topic() == [b"0/4", b"0/5"]
    bench.writer.write([letter(0, 5), letter(0, 6)], MEMBER)
    assert bench.topic() == [b"0/4", b"0/5", b"0/6"]
    assert len(bench.producers) == 1, "one producer serves them all"


def test_without_letters_no_producer_is_opened(bench: Bench) -> None:
    bench.writer.resume([at(0)])
    bench.writer.write([], MEMBER)
    assert bench.producers == []


def test_letters_that_kafka_refuses_count_as_unwritten_and_a_new_producer_writes_them(bench: Bench) -> None:
    bench.writer.resume([at(0)])
    bench.fail_next = True
    with pytest.raises(LettersNotWrittenError):
        bench.writer.write([letter(0, 4)], MEMBER)
    assert bench.writer.written(at(0)) == 0
    assert bench.producers[0].calls[-2:] == ["abort", "close"]
    bench.fail_next = False
    bench.writer.write([letter(0, 4)], MEMBER)
    assert bench.topic() == [b"0/4"]
    assert len(bench.producers) == 2


def test_an_assignment_forgets_what_an_earlier_one_knew(bench: Bench) -> None:
    bench.writer.resume([at(0)])
    bench.writer.write([letter(0, 4)], MEMBER)
    bench.consumer.offsets = {at(0): 2}  # the group's offset was reset meanwhile
    bench.writer.resume([at(0)])
    assert bench.writer.written(at(0)) == 2


def test_letters_are_written_as_the_member_that_polled_their_records(bench: Bench) -> None:
    bench.writer.resume([at(0)])
    bench.writer.write([letter(0, 4)], MEMBER)
    assert bench.producers[0].groups == [MEMBER]


def test_without_a_generation_no_letter_is_written_for_the_broker_would_take_it_from_anybody(bench: Bench) -> None:
    bench.writer.resume([at(0)])
    fallen_out = ConsumerGroupMetadata("the group")
    with pytest.raises(LostPartitionsError):
        bench.writer.write([letter(0, 4)], fallen_out)
    assert bench.producers == []
    bench.writer.write([], fallen_out)


def test_a_letter_goes_to_its_topic_with_its_key_and_its_reason(bench: Bench) -> None:
    record = FakeRecord(0, 4, 0, value=b"broken", key=b"its key", headers=(("its", b"own"),))
    bench.writer.resume([at(0)])
    bench.writer.write([dead_letter(record, InvalidArticle("no title"))], MEMBER)
    (producer,) = bench.producers
    ((topic, key, headers),) = producer.addressed
    assert (topic, key) == ("articles.dead-letter", b"its key")
    assert (headers["its"], headers["__connect.errors.offset"]) == (b"own", b"4")
    assert producer.told == [("edition main", -1)]


def test_each_writer_has_a_transactional_id_of_its_own(bench: Bench) -> None:
    ids = set()
    for _ in range(2):
        bench.writer = DeadLetterWriter(KafkaSettings(), cast(KafkaConsumer, bench.consumer), MARK)
        bench.writer.resume([at(0)])
        bench.writer.write([letter(0, 4)], MEMBER)
        options = bench.producers[-1].options
        assert options["servers"] == "127.0.0.1:9092"
        assert options["transaction_timeout_ms"] == TRANSACTION_TIMEOUT_MS
        assert (options["retry_backoff_ms"], options["batch_size"]) == (10, BATCH_BYTES)
        ids.add(str(options["transactional_id"]))
    assert len(ids) == 2
    assert all(each.startswith(f"{KafkaSettings().group}-letters-") for each in ids)


def test_many_large_letters_take_several_transactions_in_order(bench: Bench) -> None:
    large = [
        dead_letter(FakeRecord(0, each, 0, value=b"x" * (PORTION_BYTES // 2 - 4_000)), InvalidArticle("no"))
        for each in range(5)
    ]
    bench.writer.resume([at(0)])
    bench.writer.write(large, MEMBER)
    assert [each for each in bench.producers[0].calls if each != "init"] == ["begin", "commit"] * 3
    assert bench.writer.written(at(0)) == 5


def test_why_letters_were_not_written_is_told(bench: Bench) -> None:
    bench.fail_next = True
    bench.writer.resume([at(0)])
    with pytest.raises(LettersNotWrittenError, match=r"^dead letters not written, Kafka could not: KafkaError"):
        bench.writer.write([letter(0, 4)], MEMBER)
    without = ConsumerGroupMetadata("the group", -1, "a member")
    with pytest.raises(LostPartitionsError, match=r"^dead letters not written: we had left the group when"):
        bench.writer.write([letter(0, 4)], without)


def test_a_partition_without_a_mark_is_marked_at_once_and_stands_where_it_stood(
    bench: Bench,
) -> None:
    bench.consumer.offsets = {at(0): 5}
    bench.consumer.seek(at(1), 7)
    bench.writer.resume([at(0), at(1)])
    assert bench.consumer.offsets == {at(0): 5, at(1): 7}
    assert set(bench.consumer.said.values()) == {"edition main"}
    assert [bench.writer.written(at(each)) for each in (0, 1)] == [5, 0]


def test_a_partition_that_another_edition_reads_in_the_same_group_is_not_taken(bench: Bench) -> None:
    bench.consumer.offsets, bench.consumer.said = {at(0): 5}, {at(0): "edition b"}
    with pytest.raises(
        AnotherGroupError, match=r"^consumer group a group is that of edition b, this process is of "
    ):
        bench.writer.resume([at(0)])


def test_a_letter_that_the_broker_finds_too_large_is_cut_until_it_is_taken(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def send(self: FakeProducer, topic: str, *, key: object, value: bytes, headers: object) -> FakeFuture:
        sizes.append(len(value))
        if len(value) > 100_000:
            raise MessageSizeTooLargeError
        self._sent.append(value)
        return FakeFuture()

    monkeypatch.setattr(FakeProducer, "send", send)
    record = FakeRecord(0, 0, 0, value=b"x" * 900_000)
    bench.writer.write([dead_letter(record, InvalidArticle("no title"))], MEMBER)
    assert len(sizes) > 2
    assert sizes == sorted(sizes, reverse=True)
    assert [len(each or b"") for each in bench.topic()] == sizes[-1:]
    assert all("abort" not in each.calls for each in bench.producers), "the producer itself has aborted"


def test_a_broker_that_takes_no_letter_however_short_is_told_what_to_raise(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(*_: object, **__: object) -> FakeFuture:
        raise MessageSizeTooLargeError

    monkeypatch.setattr(FakeProducer, "send", send)
    with pytest.raises(LettersRefusedError, match=r"takes no letter of \d+ bytes .* raise its max.message.bytes"):
        bench.writer.write([letter(0, 0)], MEMBER)


def test_what_kafka_will_never_take_ends_the_clusterer_and_what_the_group_took_is_read_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        TopicAuthorizationFailedError: (LettersRefusedError, "mend rights or settings"),
        UnknownMemberIdError: (LostPartitionsError, "UnknownMemberIdError"),
    }
    for error, (named, text) in told.items():

        def commit(_: FakeProducer, error: type[KafkaError] = error) -> None:
            raise error

        monkeypatch.setattr(FakeProducer, "commit_transaction", commit)
        with pytest.raises(named, match=text):
            bench.writer.write([letter(0, 0)], MEMBER)
