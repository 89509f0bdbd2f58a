"""The table of keys holds what a plain list of pairs would hold."""

from __future__ import annotations

import zlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.clustering.key_table import FULL, KeyTable

KEYS = st.sampled_from([0, 1, 2, 2**31, 2**32 - 2, 2**32 - 1]) | st.integers(0, 2**32 - 1)
"""Few of them, and those that stand before the first and behind the last slot."""
STEPS = st.lists(st.tuples(st.booleans(), KEYS, st.integers(0, 2)), max_size=200)


@given(STEPS)
def test_what_is_found_is_what_was_added_and_not_discarded(steps: list[tuple[bool, int, int]]) -> None:
    table: KeyTable[int] = KeyTable("u4")
    pairs: Counter[tuple[int, int]] = Counter()
    for adds, key, value in steps:
        stored = max(key, 1)  # the one collision that is known
        if adds:
            table.add(key, value)
            pairs[stored, value] += 1
        elif pairs[stored, value]:
            table.discard(key, value)
            pairs[stored, value] -= 1
    assert len(table) == pairs.total()
    for key in {max(key, 1) for _, key, _ in steps}:
        assert Counter(table.found(key)) == +Counter({v: n for (k, v), n in pairs.items() if k == key})


@given(st.lists(st.lists(st.tuples(KEYS, st.integers(0, 2)), max_size=50), min_size=1, max_size=4))
def test_pairs_that_are_added_together_are_found_like_those_added_one_by_one(
    parts: list[list[tuple[int, int]]],
) -> None:
    together, single = KeyTable[int]("u4"), KeyTable[int]("u4")
    for table in (together, single):
        table.add(7, 1)
    together.add_all(*([np.array(column, "u4") for column in columns] for columns in _columns(parts)))
    for key, value in (pair for part in parts for pair in part):
        single.add(key, value)
    assert len(together) == len(single)
    for key in {7, *(key for part in parts for key, _ in part)}:
        assert sorted(together.found(key)) == sorted(single.found(key))


def test_many_pairs_that_are_added_together_find_room() -> None:
    table, keys = KeyTable[int]("u4"), np.arange(1, 5_001, dtype="u4")
    table.add_all([keys[:2_000], keys[2_000:]], [2 * keys[:2_000], 2 * keys[2_000:]])
    single = KeyTable[int]("u4")
    for each in keys.tolist():
        single.add(each, 2 * each)
    for each_table in (table, single):
        assert len(each_table) == 5_000
        assert all([*each_table.found(each)] == [2 * each] for each in keys.tolist())


def _columns(parts: list[list[tuple[int, int]]]) -> tuple[list[list[int]], list[list[int]]]:
    """Keys and values of each part."""
    return [[key for key, _ in part] for part in parts], [[value for _, value in part] for part in parts]


def test_a_table_that_grows_keeps_its_entries_and_little_more_memory_than_they_take() -> None:
    table: KeyTable[float] = KeyTable("f8")
    keys = [zlib.crc32(number.to_bytes(4)) for number in range(5_000)]
    for number, key in enumerate(keys):
        table.add(key, number / 2)
    assert all(number / 2 in table.found(key) for number, key in enumerate(keys))
    assert table.nbytes < 5_000 * 12 / FULL * 1.6


def test_many_values_under_one_key_at_the_very_end_find_room() -> None:
    table: KeyTable[int] = KeyTable("u4")
    for number in range(300):
        table.add(2**32 - 1, number)
        assert sum(1 for _ in table.found(2**32 - 1)) == number + 1
    assert sorted(table.found(2**32 - 1)) == list(range(300))


def test_what_is_not_there_can_not_be_discarded() -> None:
    table: KeyTable[int] = KeyTable("u4")
    table.add(5, 1)
    with pytest.raises(KeyError):
        table.discard(5, 2)
