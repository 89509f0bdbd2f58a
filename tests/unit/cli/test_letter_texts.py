"""Whatever a sender wrote, a terminal is only ever sent what can be seen."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.kafka.kept_letters import Cut, KeptLetter, Place
from pipeline.runtime.cli.escaping import escaped
from pipeline.runtime.cli.letter_texts import SHOWN_BYTES, description, line, row, summary

HOSTILE = b"\x1b]0;owned\x07\x1b[2J\r\x08\x7f\xc2\x9b31m\xe2\x80\xae\xff\n{"
HERE = Place("articles.dead-letter", 0, 5)


def letter(reason: str = "not JSON: line 1", size: int | None = 5, **fields: Any) -> KeptLetter:
    values: dict[str, Any] = {
        "place": HERE,
        "source": Place("articles", 3, 17),
        "kept_at": datetime(2026, 3, 4, 10, tzinfo=UTC),
        "stage": "VALUE_CONVERTER",
        "exception_class": "E",
        "reason": reason,
        "headers": (),
        "size": size,
        "cuts": {},
        **fields,
    }
    return KeptLetter(**values)


def visible(text: str) -> bool:
    return all(each.isprintable() or each == "\n" for each in text)


def test_escapes_and_broken_bytes_are_written_out() -> None:
    assert escaped(HOSTILE) == r"\x1b]0;owned\x07\x1b[2J\r\x08\x7f\x9b31m\u202e\xff\n{"
    assert escaped("Zürich, 東京, 🙂") == "Zürich, 東京, 🙂"


@given(st.binary() | st.text(st.characters()))
def test_nothing_escapes_the_escaping(content: bytes | str) -> None:
    assert escaped(content).isprintable()


def test_a_hostile_letter_is_shown_harmlessly_everywhere() -> None:
    text = HOSTILE.decode("utf-8", "replace")
    found = letter(
        text, exception_class=text, headers=((text, HOSTILE), ("groundswell.replay.of", HOSTILE)),
        cuts={"value": Cut(9, text)},
    )  # fmt: skip
    shown = description(found, HOSTILE, HOSTILE, frozenset())
    assert visible(shown)
    assert "owned" in shown
    assert line(found, frozenset()).isprintable()
    assert visible(summary([found], 1))
    assert json.dumps(row(found, frozenset())).isascii()


def test_a_letter_is_one_line_with_all_that_tells_it_from_others() -> None:
    parts = ["0:5", "2026-03-04T10:00:00Z", "articles/3/17", "5 bytes", "whole", "not JSON: line 1"]
    assert re.split(r" {2,}", line(letter(), frozenset())) == parts
    assert "cut, replayed" in line(letter(cuts={"value": Cut(9, "")}), {HERE})


def test_a_long_payload_is_bounded_and_says_how_much_there_is() -> None:
    shown = description(letter(size=10_000), None, b"x" * 10_000, frozenset())
    assert shown.count("x") < SHOWN_BYTES + 20
    assert "6,000 bytes more" in shown


def test_a_null_is_shown_as_one() -> None:
    assert "payload  null" in description(letter(size=None), None, b"", frozenset())


def test_the_summary_counts_by_reason() -> None:
    told = summary([letter(), letter("not JSON: other"), letter("title: missing")], 0).split()
    assert told == ["3", "letters", "2", "not", "JSON", "1", "title"]
