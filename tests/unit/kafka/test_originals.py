"""What is sent again is the record itself or nothing: what was cut comes from its source, proved by SHA-256."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.adapters.kafka import letter_replay, originals
from pipeline.adapters.kafka.cut_letters import written
from pipeline.adapters.kafka.dead_letters import DeadLetter, Stage
from pipeline.adapters.kafka.fitting import LEAST_BYTES
from pipeline.adapters.kafka.kept_letters import KeptLetter, LettersTopic
from pipeline.adapters.kafka.letter_replay import Outcome, Piece, Replay, send_nothing
from pipeline.adapters.kafka.originals import Original, original
from tests.unit.kafka.test_kept_letters import Record

LONG = bytes(range(256)) * 400
NO_CONSUMER: Any = None
REPLAYED = (("groundswell.replay.of", b"articles.dead-letter/0/2"), ("groundswell.replay.count", b"1"))
SOURCE = Record(LONG, [("own", LONG), ("null", None), *REPLAYED], key=LONG)


def kept(source: Record, max_bytes: int = 20_000) -> tuple[KeptLetter, Record]:
    letter = DeadLetter(
        "articles", 3, 17, source.key, source.value, tuple(source.headers), Stage.VALUE_CONVERTER, "E", "why"
    )
    as_written = written(letter, max_bytes)
    record = Record(as_written.value, list(as_written.headers), as_written.key)
    found = KeptLetter.read(record)
    assert found is not None
    return found, record


def source_is(monkeypatch: pytest.MonkeyPatch, source: Record | None) -> None:
    monkeypatch.setattr(originals, "record_at", lambda *_: source)


def found_for(letter: tuple[KeptLetter, Record]) -> Original | None:
    return original(letter[0], letter[1], NO_CONSUMER)


def test_a_whole_letter_needs_no_source() -> None:
    assert found_for(kept(Record(b"v", [("own", b"x")], key=b"k"))) == Original(b"k", b"v", (("own", b"x"),))


def test_what_was_cut_comes_whole_from_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    source_is(monkeypatch, SOURCE)
    letter = kept(SOURCE)
    assert set(letter[0].cuts) == {"value", "key", "headers"}
    found = found_for(letter)
    assert found == Original(LONG, LONG, (("own", LONG), ("null", b""), *REPLAYED))
    assert found.sent_headers == [("own", LONG), ("null", b"")]


@pytest.mark.parametrize(
    "source",
    [
        None,
        Record(None, SOURCE.headers, key=LONG),
        Record(LONG + b"x", SOURCE.headers, key=LONG),
        Record(LONG, SOURCE.headers, key=b"k"),
        Record(LONG, SOURCE.headers),
        Record(LONG, [("own", b"x")], key=LONG),
    ],
)
def test_what_stands_there_now_and_is_not_the_record_is_not_sent(
    source: Record | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    source_is(monkeypatch, source)
    assert found_for(kept(SOURCE)) is None


def test_a_record_that_came_back_with_its_headers_cut_is_still_known(monkeypatch: pytest.MonkeyPatch) -> None:
    source_is(monkeypatch, SOURCE)
    letter, record = kept(SOURCE)
    assert letter.replay_of is None, "the letter can't tell"
    monkeypatch.setattr(letter_replay, "read_to_end", lambda *_: [record])
    topic = LettersTopic([letter], frozenset(), 0)
    once = Replay(NO_CONSUMER, NO_CONSUMER, send_nothing, again=False)
    assert once.run(topic, [letter]) == {"0:5": Outcome.RETURNED}
    again = Replay(NO_CONSUMER, NO_CONSUMER, send_nothing, again=True)
    assert again.run(topic, [letter]) == {"0:5": Outcome.REPLAYED}
    sent = dict(Piece(letter, Original(LONG, LONG, REPLAYED)).headers)
    assert sent["groundswell.replay.count"] == b"2"


def test_a_letter_that_expires_meanwhile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    letter, _ = kept(Record(b"v", []))
    monkeypatch.setattr(letter_replay, "read_to_end", lambda *_: [])
    replay = Replay(NO_CONSUMER, NO_CONSUMER, send_nothing, again=False)
    assert replay.run(LettersTopic([letter], frozenset(), 0), [letter]) == {"0:5": Outcome.EXPIRED}


def test_portions_are_small_and_what_the_topic_may_refuse_goes_alone() -> None:
    letter, _ = kept(Record(b"v", []))
    small, large = (Piece(letter, Original(None, b"x" * size, ())) for size in (10, LEAST_BYTES))
    portions = list(letter_replay._portions([small, large, *[small] * letter_replay.PORTION_LETTERS]))
    assert [len(each) for each in portions] == [1, letter_replay.PORTION_LETTERS, 1]
    assert portions[0] == [large]
