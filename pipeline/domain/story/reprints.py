"""Which members of a story are reprints, and of whom; kept as members come and go."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

Key = tuple[datetime, str]
"""A member's place in the order that all of record building uses: its moment, then its id."""


class Reprints:
    """Every text counts as original once in each story.

    A split can part a reprint from its original. Then the oldest of the reprints that stayed together takes the
    original's place. What is told depends on the members alone, not on the order in which they came.
    """

    def __init__(self) -> None:
        self._parent: dict[str, str | None] = {}
        self._children: defaultdict[str, set[str]] = defaultdict(set)
        self._key: dict[str, Key] = {}
        self._root: dict[str, str] = {}
        self._group: defaultdict[str, list[Key]] = defaultdict(list)
        """By root, oldest first."""
        self._original: dict[str, str] = {}
        """By root."""

    def reprint_of(self, article_id: str) -> str | None:
        """The member that this one reprints; None where it is the original."""
        original = self._original[self._root[article_id]]
        return None if original == article_id else original

    def add(self, key: Key, parent: str | None) -> set[str]:
        """A member came. Returns the members of whom another answer may be given now, this one among them."""
        article_id = key[1]
        self._parent[article_id], self._key[article_id] = parent, key
        if parent is not None:
            self._children[parent].add(article_id)
        return self._refresh(self._descendants(article_id))

    def remove(self, article_id: str) -> set[str]:
        """A member left. Returns the members of whom another answer may be given now."""
        affected = self._descendants(article_id)
        parent = self._parent.pop(article_id)
        if parent is not None:
            self._children[parent].remove(article_id)
            if not self._children[parent]:
                del self._children[parent]
        changed = self._refresh(affected)
        del self._key[article_id]
        return changed

    def _descendants(self, article_id: str) -> set[str]:
        """Itself, and all whose chain of reprints leads to it."""
        found, ahead = {article_id}, [article_id]
        while ahead:
            fresh = self._children.get(ahead.pop(), set()) - found
            found |= fresh
            ahead += fresh
        return found

    def _refresh(self, affected: Iterable[str]) -> set[str]:
        touched, changed = set(), set()
        for article_id in affected:
            if (before := self._root.pop(article_id, None)) is not None:
                group = self._group[before]
                del group[bisect_left(group, self._key[article_id])]
                touched.add(before)
            if article_id in self._parent:
                root = self._root[article_id] = self._find_root(article_id)
                insort(self._group[root], self._key[article_id])
                touched.add(root)
                changed.add(article_id)
        for root in touched:
            changed |= self._choose_original(root)
        return changed

    def _choose_original(self, root: str) -> set[str]:
        """Members of the group, where another of them is its original now."""
        group = self._group[root]
        if not group:
            del self._group[root]
            self._original.pop(root, None)
            return set()
        original = root if root in self._parent else group[0][1]
        if self._original.get(root) == original:
            return set()
        self._original[root] = original
        return {article_id for _, article_id in group}

    def _find_root(self, article_id: str) -> str:
        """The original at the end of a chain of reprints; the smallest id of a chain that bites its tail."""
        seen = [article_id]
        while (following := self._parent.get(seen[-1])) is not None:
            if following in seen:
                return min(seen[seen.index(following) :])
            seen.append(following)
        return seen[-1]
