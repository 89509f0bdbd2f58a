"""Finds kept members of live stories by keys: what the indexes of reprints, columns and templates share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic

import numpy as np
from numpy.typing import DTypeLike, NDArray

from pipeline.domain.clustering.key_table import KeyTable, Value
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.packed_stories import PackedStories
from pipeline.domain.clustering.story_columns import MemberColumns, Places


class MemberIndex(Generic[Value]):
    """What is asked of members, under 32-bit keys. Members themselves are read from their stories' states."""

    def __init__(self, stories: PackedStories, dtype: DTypeLike) -> None:
        self._stories = stories
        self._table: KeyTable[Value] = KeyTable(dtype)

    @property
    def nbytes(self) -> int:
        """Memory of the table."""
        return self._table.nbytes

    def entries(self, row: int, member: LiveMember) -> Iterable[tuple[int, Value]]:
        """Key and value of a member of the story in this row."""
        raise NotImplementedError

    def entries_of(self, rows: Places, members: MemberColumns) -> tuple[NDArray[np.uint32], NDArray[Any]]:
        """Keys and values of all these members; `rows` are those of their stories, by the story's number."""
        raise NotImplementedError

    def add_all(self, entries: Sequence[tuple[NDArray[np.uint32], NDArray[Any]]]) -> None:
        """What `entries_of` gave, in parts."""
        self._table.add_all([keys for keys, _ in entries], [values for _, values in entries])

    def replace(self, row: int, gone: Iterable[LiveMember], come: Iterable[LiveMember]) -> None:
        """Follow a story's change: these members left it, and these are new in it."""
        for member in gone:
            for key, value in self.entries(row, member):
                self._table.discard(key, value)
        for member in come:
            for key, value in self.entries(row, member):
                self._table.add(key, value)


class StoredMembers(MemberIndex[int]):
    """Members under their keys, read from their stories."""

    def __init__(self, stories: PackedStories) -> None:
        super().__init__(stories, "u4")

    def keys(self, member: LiveMember) -> Iterable[int]:
        """Under which keys a member is found."""
        raise NotImplementedError

    def entries(self, row: int, member: LiveMember) -> Iterable[tuple[int, int]]:
        """See MemberIndex."""
        return ((key, row) for key in self.keys(member))

    def keys_of(self, members: MemberColumns) -> tuple[NDArray[np.uint32], Places]:
        """All keys of these members, and the member that each is of."""
        raise NotImplementedError

    def entries_of(self, rows: Places, members: MemberColumns) -> tuple[NDArray[np.uint32], NDArray[Any]]:
        """See MemberIndex."""
        keys, of = self.keys_of(members)
        return keys, rows[members.story[of]].astype(np.uint32)

    def found(self, keys: Iterable[int]) -> Iterator[tuple[LiveMember, str]]:
        """Members that may have one of the keys, each with its story's id; each once."""
        for row in sorted({row for key in keys for row in self._table.found(key)}):
            story_id = self._stories.id_at(row)
            yield from ((each, story_id) for each in self._stories[story_id].members)
