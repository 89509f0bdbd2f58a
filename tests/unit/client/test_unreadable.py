"""What a consumer gives in the place of records that can't be read, and where it goes on."""

from __future__ import annotations

import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord, Fetcher
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecords
from kafka.record.util import calc_crc32c

from consumers.clusterer.intake import take_in
from groundswell.broker import unpacking, unreadable
from groundswell.broker.unreadable import Unreadable, read_past_unreadable
from groundswell.errors import CodecMissingError, UnreadableLogError
from pipeline.adapters.kafka.dead_letters import Stage

PARTITION = TopicPartition("articles", 3)
CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
ATTRIBUTES, COUNT = DefaultRecordBatch.ATTRIBUTES_OFFSET, DefaultRecordBatch.HEADER_STRUCT.size - 4


class Odd(str):
    """A name of a header that other clients may send."""

    def encode(self, *_: object) -> bytes:
        return b"\xff" + super().encode()


def batch(base: int, *values: bytes, codec: int = 0, header: str = "h") -> bytearray:
    builder = DefaultRecordBatchBuilder(2, codec, False, -1, -1, -1, 1_000_000)
    for number, value in enumerate(values):
        builder.append(number, 1_700_000_000_000, None, value, [(header, b"x")])
    made = builder.build()
    made[:8] = base.to_bytes(8, "big")
    return bytearray(made)


def with_checksum(damaged: bytearray) -> bytearray:
    """A sender that damages its batch before it reckons the checksum."""
    damaged[ATTRIBUTES - 4 : ATTRIBUTES] = calc_crc32c(memoryview(damaged)[ATTRIBUTES:]).to_bytes(4, "big")
    return damaged


class Reader:
    """The part of the client that makes records of what the broker answered."""

    def __init__(self) -> None:
        consumer = SimpleNamespace(_fetcher=SimpleNamespace(PartitionRecords=Fetcher.PartitionRecords))
        read_past_unreadable(consumer)
        self._make = consumer._fetcher.PartitionRecords
        self.next = 0

    def read(self, *batches: bytes | bytearray) -> list[ConsumerRecord]:
        """The records of one answer to a fetch at `next`."""
        answer: Any = self._make(self.next, PARTITION, MemoryRecords(b"".join(batches)))
        taken: list[ConsumerRecord] = answer.take()
        self.next = answer.next_fetch_offset
        return taken


@pytest.mark.parametrize("codec", CODECS)
def test_every_compression_of_kafka_is_read(codec: str) -> None:
    values = [b"one", b"two" * 100_000]
    assert [each.value for each in Reader().read(batch(0, *values, codec=CODECS[codec]))] == values


def test_a_library_that_is_missing_is_told_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(unreadable.CODECS, "snappy", lambda: False)
    with pytest.raises(CodecMissingError, match="by snappy: install"):
        Reader()


def test_the_name_of_a_header_may_be_any_bytes() -> None:
    records = Reader().read(batch(0, b"one", b"two", header=Odd("name")))
    assert [(each.value, each.headers) for each in records] == [
        (b"one", [("\\xffname", b"x")]), (b"two", [("\\xffname", b"x")]),
    ]  # fmt: skip


def test_a_wrong_checksum_is_fetched_once_more_and_then_told_and_reading_goes_on_behind_it() -> None:
    reader, damaged = Reader(), batch(1, b"two", b"three")
    damaged[-3] ^= 1
    log = [batch(0, b"one"), damaged, batch(3, b"four")]
    assert [each.value for each in reader.read(*log)] == [b"one"]
    assert reader.next == 1
    stand_in, behind = reader.read(*log[1:])
    assert behind.value == b"four"
    assert isinstance(stand_in.value, Unreadable)
    assert (stand_in.offset, stand_in.value.first, stand_in.value.last) == (2, 1, 2)
    assert stand_in.value == bytes(damaged)
    assert reader.next == 4


def test_a_checksum_that_is_right_the_second_time_loses_nothing() -> None:
    reader, whole = Reader(), batch(0, b"one", b"two")
    damaged = whole.copy()
    damaged[-3] ^= 1
    assert reader.read(damaged) == []
    assert reader.next == 0
    assert [each.value for each in reader.read(whole)] == [b"one", b"two"]


def test_a_checksum_that_was_wrong_once_long_ago_is_fetched_again_all_the_same() -> None:
    reader, whole = Reader(), batch(0, b"one")
    damaged = whole.copy()
    damaged[-3] ^= 1
    for _ in range(2):
        assert reader.read(damaged) == []
        assert len(reader.read(whole)) == 1
        reader.next = 0


@pytest.mark.parametrize("codec", [1, 2, 3, 4, 5, 7])
def test_a_batch_that_can_not_be_unpacked_is_one_record_with_its_bytes(codec: int) -> None:
    damaged = batch(0, b"one", b"two")
    damaged[ATTRIBUTES + 1] |= codec
    (stand_in, behind) = Reader().read(with_checksum(damaged), batch(2, b"three"))
    assert (stand_in.offset, bytes(stand_in.value)) == (1, bytes(damaged))
    assert behind.value == b"three"


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_that_unpacks_to_more_than_memory_holds_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch, codec: str
) -> None:
    bomb = batch(0, bytes(3_000_000), codec=CODECS[codec])
    assert len(bomb) < 300_000
    assert [each.value for each in Reader().read(bomb)] == [bytes(3_000_000)]
    monkeypatch.setattr(unpacking, "UNPACKED_BYTES", 2_999_999)
    tracemalloc.start()
    stand_in, behind = Reader().read(bomb, batch(1, b"two"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (bytes(stand_in.value), behind.value) == (bytes(bomb), b"two")
    assert "more than 2999999 bytes" in stand_in.value.reason
    assert peak < 3 * 3_000_000 + 2_000_000


@pytest.mark.parametrize("framed", [True, False], ids=["in the frames of Java", "bare"])
def test_a_length_that_snappy_is_only_told_takes_no_memory(framed: bool) -> None:
    lie = b"\xff\xff\xff\xff\x0f" + b"\x00x"
    head = b"\x82SNAPPY\x00" + bytes([0, 0, 0, 1] * 2) + len(lie).to_bytes(4, "big") if framed else b""
    damaged = batch(0, b"one")
    damaged[COUNT + 4 :] = head + lie
    damaged[ATTRIBUTES + 1] |= CODECS["snappy"]
    damaged[8:12] = (len(damaged) - 12).to_bytes(4, "big")
    (stand_in,) = Reader().read(with_checksum(damaged))
    assert "more than" in stand_in.value.reason


def test_records_before_one_that_can_not_be_read_are_used() -> None:
    damaged = batch(0, b"one", b"two", b"three")
    at = damaged.index(b"two")
    damaged[at - 1] = 0x7F  # its length
    first, stand_in, behind = Reader().read(with_checksum(damaged), batch(3, b"four"))
    assert (first.value, behind.value) == (b"one", b"four")
    assert (stand_in.value.first, stand_in.value.last) == (1, 2)


def test_where_nobody_knows_how_far_the_damage_reaches_reading_ends_with_one_sentence() -> None:
    damaged = batch(7, b"one")
    damaged[COUNT] ^= 1
    reader = Reader()
    reader.next = 7
    reader.read(damaged)
    with pytest.raises(UnreadableLogError, match="offset 7 of partition 3 of topic articles can't be read"):
        reader.read(damaged)


def test_a_length_that_is_damaged_ends_reading_with_one_sentence() -> None:
    damaged = batch(0, b"one")
    damaged[8:12] = (3).to_bytes(4, "big")
    with pytest.raises(UnreadableLogError, match="partition 3 of topic articles"):
        Reader().read(damaged)


def test_what_can_not_be_read_is_a_dead_letter_that_says_which_offsets_it_was() -> None:
    damaged = batch(5, b"one", b"two")
    damaged[ATTRIBUTES + 1] |= 1
    reader = Reader()
    reader.next = 5
    records = reader.read(with_checksum(damaged))
    intake = take_in({PARTITION: records}, {PARTITION: 5}, 1_000)
    (letter,) = intake.dead_letters
    assert (letter.offset, letter.value, letter.stage) == (6, bytes(damaged), Stage.KAFKA_CONSUME)
    assert type(letter.value) is bytes, "the client sends nothing else"
    assert letter.message.startswith("partition 3 of articles, offsets 5 to 6 can't be read: ")
    assert [(claim.start, claim.end) for claim in intake.claims] == [(5, 7)]
