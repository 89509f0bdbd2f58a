"""A letter as it stands on its topic says what became of its record; only we can write notes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pipeline.adapters.kafka.cut_letters import written
from pipeline.adapters.kafka.dead_letters import DeadLetter, Stage
from pipeline.adapters.kafka.kept_letters import KeptLetter, Place, note_of, noted_in

TOPIC = "articles.dead-letter"
LONG = bytes(range(256)) * 400


@dataclass(frozen=True)
class Record:
    """What a consumer gives."""

    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    key: bytes | None = None
    topic: str = TOPIC
    partition: int = 0
    offset: int = 5
    timestamp: int = 1_772_618_400_000


def kept(
    value: bytes | None = b"v",
    *headers: tuple[str, bytes | None],
    key: bytes | None = b"k",
    max_bytes: int = 50_000,
) -> KeptLetter:
    letter = DeadLetter("articles", 3, 17, key, value, headers, Stage.VALUE_CONVERTER, "E", "not JSON: line 1")
    as_written = written(letter, max_bytes)
    found = KeptLetter.read(Record(as_written.value, list(as_written.headers), as_written.key))
    assert found is not None
    return found


def test_a_letter_is_read_as_it_was_written() -> None:
    found = kept(b"value", ("ce_id", b"1"), ("empty", None))
    assert (found.name, found.source, found.size, found.cuts) == ("0:5", Place("articles", 3, 17), 5, {})
    assert (found.kind, found.reason) == ("not JSON", "not JSON: line 1")
    assert found.headers == (("ce_id", b"1"), ("empty", b"")), "those of the error are not the record's own"
    assert found.kept_at.isoformat() == "2026-03-04T10:00:00+00:00"


def test_a_cut_letter_says_what_was_there() -> None:
    cuts = kept(LONG, max_bytes=20_000).cuts
    assert cuts["value"].length == len(LONG)
    assert len(cuts["value"].sha256) == 64
    assert set(kept(LONG, ("own", LONG), key=LONG, max_bytes=20_000).cuts) == {"value", "key", "headers"}


def test_nulls_have_no_size() -> None:
    assert kept(None).size is None
    assert kept(None, key=None).size is None
    assert kept(b"").size == 0


@pytest.mark.parametrize(
    "header",
    [
        ("groundswell.cut.value.length", b"9"),
        ("groundswell.value", b"null"),
        ("__connect.errors.offset", b"99"),
        ("groundswell.replay.count", b"9" * 5_000),
    ],
)
def test_no_header_of_a_sender_passes_for_one_of_ours(header: tuple[str, bytes]) -> None:
    found = kept(b"v", header)
    assert (found.source.offset, found.size, found.cuts, found.replays) == (17, 1, {}, 0)


def test_a_record_that_was_replayed_says_of_which_letter_and_how_often() -> None:
    found = kept(b"v", ("groundswell.replay.of", b"articles.dead-letter/0/2"), ("groundswell.replay.count", b"2"))
    assert (found.replay_of, found.replays) == ("articles.dead-letter/0/2", 2)


def test_a_note_names_letters_of_its_partition() -> None:
    value, headers = note_of([7, 3])
    assert noted_in(Record(value, list(headers), partition=2)) == [Place(TOPIC, 2, 3), Place(TOPIC, 2, 7)]


def test_a_letter_can_not_be_made_a_note_by_the_headers_of_its_record() -> None:
    value, headers = note_of([7, 3])
    letter = DeadLetter("articles", 3, 17, None, value, tuple(headers), Stage.VALUE_CONVERTER, "E", "an array")
    as_written = written(letter, 50_000)
    record = Record(as_written.value, list(as_written.headers))
    assert KeptLetter.read(record)
    assert noted_in(record) == ()


@pytest.mark.parametrize("value", [b"no JSON", b"3", b'["x"]', None])
def test_a_note_of_no_sense_names_nothing(value: bytes | None) -> None:
    assert noted_in(Record(value, list(note_of([])[1]))) == ()


def test_what_is_no_letter_is_not_taken_for_one() -> None:
    assert KeptLetter.read(Record(b"hello", [])) is None
    assert (
        KeptLetter.read(Record(b"x", [("__connect.errors.topic", b"t"), ("__connect.errors.partition", b"?")]))
        is None
    )
