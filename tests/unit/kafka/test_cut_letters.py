"""A dead letter as it is written: whole if it can be, and always something that can be written."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.kafka.cut_letters import KEPT_BYTES, written
from pipeline.adapters.kafka.dead_letters import DeadLetter, Stage
from pipeline.adapters.kafka.fitting import LEAST_BYTES, less_room, record_bytes

Header = tuple[str, bytes | None]

LONG = bytes(range(256)) * 400


def letter(
    key: bytes | None = b"k", value: bytes | None = b"v", headers: tuple[Header, ...] = (), why: str = "why"
) -> DeadLetter:
    return DeadLetter("articles", 3, 17, key, value, headers, Stage.VALUE_CONVERTER, "E", why)


def test_what_fits_is_written_whole_with_its_own_headers_first() -> None:
    key, value, headers = written(letter(value=LONG, headers=(("own", b"x"),)), 200_000)
    assert (key, value, headers[0]) == (b"k", LONG, ("own", b"x"))
    assert not any(name.startswith("groundswell.cut") for name, _ in headers)


def test_a_value_that_is_too_long_keeps_its_ends_and_says_what_and_where_the_whole_is() -> None:
    key, value, headers = written(letter(value=LONG, headers=(("own", b"x"),)), 50_000)
    told = dict(headers)
    assert (key, value) == (b"k", LONG[:KEPT_BYTES] + LONG[-KEPT_BYTES:])
    assert told["groundswell.cut.value.length"] == str(len(LONG)).encode()
    assert told["groundswell.cut.value.sha256"] == hashlib.sha256(LONG).hexdigest().encode()
    assert told["own"] == b"x", "what fits stays"
    assert [told[f"__connect.errors.{name}"] for name in ("topic", "partition", "offset")] == [
        b"articles",
        b"3",
        b"17",
    ]


@pytest.mark.parametrize("part", ["key", "headers"])
def test_a_key_or_headers_that_are_too_long_are_cut_too(part: str) -> None:
    long = letter(key=LONG) if part == "key" else letter(headers=(("own", LONG),))
    assert dict(written(long, 50_000).headers)[f"groundswell.cut.{part}.sha256"]


def test_a_record_of_nulls_becomes_one_that_a_client_can_write() -> None:
    key, value, headers = written(letter(key=None, value=None, headers=(("own", None),)), 50_000)
    assert (key, value, dict(headers)["own"], dict(headers)["groundswell.value"]) == (None, b"", b"", b"null")


PIECE = st.none() | st.binary(max_size=40) | st.integers(0, 90_000).map(lambda size: b"x" * size)


@given(PIECE, PIECE, st.lists(st.tuples(st.text(max_size=5), PIECE), max_size=4), st.text())
def test_every_letter_fits_and_can_be_written(
    key: bytes | None, value: bytes | None, headers: list[Header], why: str
) -> None:
    made = written(letter(key, value, tuple(headers), why * 100), LEAST_BYTES)
    assert record_bytes(*made) <= LEAST_BYTES
    assert made.key is not None or made.value is not None
    assert all(isinstance(each, bytes) for _, each in made.headers)


def test_room_shrinks_until_there_is_nothing_sensible_left() -> None:
    limits = [8_000_000]
    while (less := less_room(limits[-1])) is not None:
        limits.append(less)
    assert limits[-1] == LEAST_BYTES
    assert len(limits) < 12
