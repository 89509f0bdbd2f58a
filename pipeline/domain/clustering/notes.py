"""What a desk decided about a story, kept in the story itself: what repair does follows it.

Whatever copies, merges or parts a story carries its notes along, so they live in every replica and end with the
story.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

MAX_SIDES = 128
MAX_PLACED = 500
"""Bounds of one story's notes, so of its state: 17 KiB."""


@dataclass(frozen=True)
class DeskNotes:
    """Empty for nearly all stories."""

    pinned: bool = False
    """Repair leaves the story alone, and it does not expire."""
    hidden: bool = False
    """Subscribers are not shown it, and repair leaves it alone."""
    sides: frozenset[str] = frozenset()
    """Where the story stands in each parting by a desk, see `side`: never merged with one of the other side."""
    placed: frozenset[str] = frozenset()
    """Ids of the articles that a desk put here: they stay together and here."""

    @property
    def leaves_alone(self) -> bool:
        """Whether no repair may touch the story; articles may join."""
        return self.pinned or self.hidden

    @property
    def bounded(self) -> bool:
        """Whether the notes are not too many."""
        return len(self.sides) <= MAX_SIDES and len(self.placed) <= MAX_PLACED


NO_NOTES = DeskNotes()


def side(token: str, *, second: bool) -> str:
    """One side of the parting that has this token (8 hexadecimal digits).

    Ids of stories would not do: a story that is merged away takes its side along into another one.
    """
    return f"{token}{second:02x}"


def _opposite(own: str) -> str:
    return side(own[:-2], second=own.endswith("00"))


def parted(one: DeskNotes, other: DeskNotes) -> bool:
    """Whether a desk said that the stories are not one."""
    return any(_opposite(each) in other.sides for each in one.sides)


def together(one: DeskNotes, other: DeskNotes) -> DeskNotes:
    """Of a story that is both. What a desk parted and now puts together is parted no more."""
    sides = one.sides | other.sides
    return DeskNotes(
        pinned=one.pinned or other.pinned,
        hidden=one.hidden or other.hidden,
        sides=frozenset(each for each in sides if _opposite(each) not in sides),
        placed=one.placed | other.placed,
    )


def repair_may_merge(one: DeskNotes, other: DeskNotes) -> bool:
    """Whether no desk spoke against it. Notes are never given up to make room for others."""
    if one == other == NO_NOTES:
        return True
    if one.leaves_alone or other.leaves_alone or parted(one, other):
        return False
    return together(one, other).bounded


def released(notes: DeskNotes, leaving: Iterable[str]) -> DeskNotes:
    """Once these articles left the story."""
    return replace(notes, placed=notes.placed.difference(leaving)) if notes.placed else notes


def of_part(notes: DeskNotes) -> DeskNotes:
    """Of a story that repair makes of a part of this one: it stays on the same sides."""
    return DeskNotes(sides=notes.sides) if notes.sides else NO_NOTES
