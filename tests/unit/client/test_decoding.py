"""Records of this version, of later ones, and what is none."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell import Fault, UnusableRecordError, decode
from groundswell.broker.unreadable import Unreadable
from groundswell.record import Reason, Status, StoryRecord
from tests.support.blast import blast
from tests.unit.client.helpers import story, value_of

FIELDS: dict[str, Any] = blast().model_dump(mode="json")


def fault_of(value: bytes) -> Fault:
    with pytest.raises(UnusableRecordError) as caught:
        decode(value)
    assert caught.value.reason
    return caught.value.fault


def test_a_record_comes_back_as_it_was_published_and_frozen() -> None:
    record = decode(value_of(blast()))
    assert record == blast()
    with pytest.raises(ValueError, match="frozen"):
        record.title = "other"


def test_fields_of_a_later_version_are_ignored_at_every_depth() -> None:
    fields = json.loads(value_of(blast()))
    for part in (fields, fields["coverage"], fields["articles"][0]["outlet"], fields["timeline"][0]):
        part["of_a_later_version"] = {"anything": [1]}
    assert decode(json.dumps(fields).encode()) == blast()


def test_reasons_of_a_later_version_are_left_out() -> None:
    value = value_of(blast(), revision_reasons=["revoked", "coverage", "translated"], more=1)
    assert decode(value).revision_reasons == [Reason.COVERAGE]


@pytest.mark.parametrize("fields", [{"schema_version": 2}, {"schema_version": 3, "coverage": "redesigned"}])
def test_a_later_major_version_is_not_read_whatever_it_holds(fields: dict[str, Any]) -> None:
    assert fault_of(value_of(blast(), **fields)) is Fault.NEWER


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"no json",
        b"\xff\xfe",
        b"[]",
        b"7",
        b"{}",
        b"[" * 100_000,
        b'{"schema_version": "2"}',
        value_of(blast(), revision=0),
        value_of(blast(), status="frozen"),
        value_of(blast(), schema_version=0),
        value_of(blast(), revision_reasons=["corrected"], title=None),
        value_of(blast(), revision_reasons=[{"not": "text"}]),
        value_of(story("a", 1, status=Status.MERGED)),
        value_of(story("a", 1, status=Status.MERGED, merged_into="a")),
    ],
)
def test_what_is_no_story_record_is_malformed(value: bytes) -> None:
    assert fault_of(value) is Fault.MALFORMED


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=50) | st.builds(lambda value: json.dumps(value).encode(), anything))
def test_no_bytes_are_fatal(value: bytes) -> None:
    assert isinstance(fault_of(value), Fault)


@given(st.sampled_from(sorted(FIELDS)), anything)
def test_no_value_of_any_field_is_fatal(name: str, value: object) -> None:
    with contextlib.suppress(UnusableRecordError):
        assert isinstance(decode(json.dumps({**FIELDS, name: value}).encode()), StoryRecord)


def with_a_field_as_deep_as(depth: int) -> bytes:
    return b'{"deep":' + b"[" * depth + b"]" * depth + b"," + value_of(blast())[1:]


def test_what_the_client_could_not_read_is_malformed_and_says_where_it_stood() -> None:
    with pytest.raises(UnusableRecordError, match="offset 7 can't be read: wrong checksum") as caught:
        decode(Unreadable(value_of(blast()), 7, 7, "wrong checksum"))
    assert caught.value.fault is Fault.MALFORMED


def test_a_field_of_a_later_version_may_be_deep() -> None:
    assert decode(with_a_field_as_deep_as(100)) == blast()


@pytest.mark.parametrize("depth", [300, 100_000])
def test_a_field_deeper_than_the_parser_goes_is_malformed_and_not_fatal(depth: int) -> None:
    assert fault_of(with_a_field_as_deep_as(depth)) is Fault.MALFORMED
