"""The vector of a story in its record."""

from __future__ import annotations

from base64 import b64decode

from tests.unit.story.made import article, record


def test_a_record_tells_the_vector_that_the_store_keeps() -> None:
    made = record([article("a")], vector=bytes([1, 255, 127, 0]))
    assert b64decode(made.vector or "") == bytes([1, 255, 127, 0])


def test_without_a_vector_or_without_members_none_is_told() -> None:
    assert record([article("a")]).vector is None
    assert record([], vector=bytes([1, 255])).vector is None
