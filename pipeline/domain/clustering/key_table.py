"""A multimap of 32-bit keys in two arrays: a dictionary of dictionaries would take twenty times the memory.

Open addressing with linear probing (Knuth 6.4): an entry stands at the first free slot from the one that its key
says. Slots keep the order of the keys, so that all entries grow into a larger table in one sort.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableSequence, Sequence
from typing import Any, Generic, TypeVar, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

Value = TypeVar("Value", int, float)

FULL = 0.75
"""Share of the slots from which on the table grows: beyond it a search takes ten steps and more."""

GROWTH = 1.5
_FIRST_SLOTS, _SPARE = 1_024, 64
_FREE, _ZERO = 0, 1


class KeyTable(Generic[Value]):
    """Values under keys; one pair may be there several times. Keys are spread evenly, as hashes are."""

    def __init__(self, dtype: DTypeLike) -> None:
        self._count = 0
        self._set(_FIRST_SLOTS, np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=dtype))

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Memory of the two arrays."""
        return self._key_array.nbytes + self._value_array.nbytes

    def add(self, key: int, value: Value) -> None:
        """One pair more."""
        if self._count >= FULL * self._slots:
            self._grow(int(self._slots * GROWTH))
        key, slot = key or _ZERO, self._home(key or _ZERO)
        while self._keys[slot] != _FREE:
            slot += 1
        if slot + 1 == len(self._keys):  # a search ends at a free slot
            self._extend()
        self._keys[slot], self._values[slot] = key, value
        self._count += 1

    def add_all(self, keys: Sequence[NDArray[np.uint32]], values: Sequence[NDArray[Any]]) -> None:
        """Many pairs more, in parts: all of them are put in their place by one sort."""
        used = np.flatnonzero(self._key_array)
        all_keys = np.concatenate([self._key_array[used], *(np.maximum(each, _ZERO) for each in keys)])
        all_values = np.concatenate([self._value_array[used], *values]).astype(self._value_array.dtype, copy=False)
        slots = self._slots
        while all_keys.size >= FULL * slots:
            slots = int(slots * GROWTH)
        self._count = all_keys.size
        self._set(slots, all_keys.astype(np.uint32, copy=False), all_values)

    def discard(self, key: int, value: Value) -> None:
        """One pair less; it must be there."""
        key, slot = key or _ZERO, self._home(key or _ZERO)
        while self._keys[slot] != key or self._values[slot] != value:
            if self._keys[slot] == _FREE:
                raise KeyError((key, value))
            slot += 1
        self._close(slot)
        self._count -= 1

    def found(self, key: int) -> Iterator[Value]:
        """The values under a key, in no order that means anything."""
        key, slot = key or _ZERO, self._home(key or _ZERO)
        while (there := self._keys[slot]) != _FREE:
            if there == key:
                yield self._values[slot]
            slot += 1

    def _home(self, key: int) -> int:
        return key * self._slots >> 32

    def _close(self, gap: int) -> None:
        """Move entries up that the gap would hide from a search."""
        slot = gap + 1
        while self._keys[slot] != _FREE:
            if self._home(self._keys[slot]) <= gap:
                self._keys[gap], self._values[gap] = self._keys[slot], self._values[slot]
                gap = slot
            slot += 1
        self._keys[gap] = _FREE

    def _grow(self, slots: int) -> None:
        used = np.flatnonzero(self._key_array)
        self._set(slots, self._key_array[used], self._value_array[used])

    def _extend(self) -> None:
        """More spare slots, for what stands behind the last."""
        arrays = (self._key_array, self._value_array)
        self._view(*(np.append(each, np.zeros(_SPARE, each.dtype)) for each in arrays))

    def _set(self, slots: int, keys: NDArray[np.uint32], values: NDArray[Any]) -> None:
        """A table of so many slots with these entries."""
        order = np.argsort(keys, kind="stable")
        at = np.arange(keys.size)
        homes = (keys[order].astype(np.uint64) * np.uint64(slots) >> np.uint64(32)).astype(np.int64)
        places = np.maximum.accumulate(homes - at) + at
        size = max(slots, int(places[-1]) + 1 if places.size else 0) + _SPARE
        self._slots = slots
        key_array, value_array = np.zeros(size, dtype=np.uint32), np.zeros(size, dtype=values.dtype)
        key_array[places], value_array[places] = keys[order], values[order]
        self._view(key_array, value_array)

    def _view(self, keys: NDArray[np.uint32], values: NDArray[Any]) -> None:
        """Single values are read through memory views, four times faster than through arrays."""
        self._key_array, self._value_array = keys, values
        self._keys: MutableSequence[int] = cast("Any", memoryview)(keys)
        self._values: MutableSequence[Value] = cast("Any", memoryview)(values)
