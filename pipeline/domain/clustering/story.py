"""A live story as the clustering keeps it: its members in stacked arrays, its sums over all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.notes import NO_NOTES, DeskNotes, released, together
from pipeline.domain.clustering.pairs import MemberStack, stack
from pipeline.domain.clustering.reprints import HASHES


@dataclass(frozen=True)
class LiveStory:
    """A story; never changed in place, so that a rollback is a matter of keeping the old object."""

    story_id: str
    members: tuple[LiveMember, ...]
    """The kept ones, in order of arrival."""
    total: NDArray[np.float32]
    """Shape (dims,): sum of the vectors of all members, kept or not."""
    size: int
    """All members, kept or not."""
    last_at: float | None
    """Latest known time of publication over all members."""
    last_sequence: int
    last_arrival: float | None = None
    """When its latest member came in, of those that say so."""
    notes: DeskNotes = NO_NOTES

    @cached_property
    def centroid(self) -> NDArray[np.float32]:
        """Shape (dims,), unit length."""
        return unit_vector(self.total)

    @cached_property
    def first_at(self) -> float | None:
        """Earliest known time of publication of the kept members; the first ones are always kept."""
        return min((each.published_at for each in self.members if each.published_at is not None), default=None)

    @cached_property
    def is_issue(self) -> bool:
        """Whether it is an issue of a recurring column."""
        return 2 * sum(each.issue for each in self.members) >= len(self.members)

    @cached_property
    def terms_by_language(self) -> dict[str, NDArray[np.int32]]:
        """Distinct terms of the kept members in each language."""
        languages = {each.language for each in self.members}
        return {
            language: np.unique(
                np.concatenate([each.terms.ids for each in self.members if each.language == language])
            )
            for language in languages
        }

    @cached_property
    def signed(self) -> tuple[LiveMember, ...]:
        """The kept members whose body is long enough for a signature."""
        return tuple(each for each in self.members if each.signature.size)

    @cached_property
    def signatures(self) -> NDArray[np.uint32]:
        """Shape (n, HASHES): those of `signed`."""
        return np.array([each.signature for each in self.signed], dtype=np.uint32).reshape(-1, HASHES)

    @cached_property
    def stacked(self) -> MemberStack:
        """The kept members in stacked arrays, for scoring."""
        return stack(self.members)


def unit_vector(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector with length 1."""
    unit: NDArray[np.float32] = vector / max(length(vector), 1e-9)
    return unit


def length(vector: NDArray[np.float32]) -> float:
    """Of the vector; np.linalg.norm takes five times as long."""
    return math.sqrt(np.dot(vector, vector))


def opened(story_id: str, member: LiveMember) -> LiveStory:
    """A story of one article."""
    return of_members(story_id, (member,))


def joined(story: LiveStory, member: LiveMember, max_members: int) -> LiveStory:
    """The story with one member more."""
    return LiveStory(
        story_id=story.story_id,
        members=kept((*story.members, member), max_members),
        total=story.total + member.vector,
        size=story.size + 1,
        last_at=_latest(story.last_at, member.published_at),
        last_sequence=max(story.last_sequence, member.sequence),
        last_arrival=_latest(story.last_arrival, member.arrived_at),
        notes=story.notes,
    )


def merged(survivor: LiveStory, absorbed: LiveStory, max_members: int) -> LiveStory:
    """Both stories as one, under the survivor's id."""
    both = tuple(sorted((*survivor.members, *absorbed.members), key=lambda each: each.sequence))
    if survivor.size + absorbed.size == len(both) <= max_members:  # nothing forgotten: the sums are the members'
        return of_members(survivor.story_id, both, together(survivor.notes, absorbed.notes))
    return LiveStory(
        story_id=survivor.story_id,
        members=kept(both, max_members),
        total=survivor.total + absorbed.total,
        size=survivor.size + absorbed.size,
        last_at=_latest(survivor.last_at, absorbed.last_at),
        last_sequence=max(survivor.last_sequence, absorbed.last_sequence),
        last_arrival=_latest(survivor.last_arrival, absorbed.last_arrival),
        notes=together(survivor.notes, absorbed.notes),
    )


def of_members(story_id: str, members: tuple[LiveMember, ...], notes: DeskNotes = NO_NOTES) -> LiveStory:
    """A story of exactly these members: one part of a split."""
    total = members[0].vector
    for member in members[1:]:
        total = total + member.vector
    return LiveStory(
        story_id=story_id,
        members=members,
        total=total,
        size=len(members),
        last_at=_latest(*(each.published_at for each in members)),
        last_sequence=max(each.sequence for each in members),
        last_arrival=_latest(*(each.arrived_at for each in members)),
        notes=notes,
    )


def without(story: LiveStory, leaving: frozenset[str]) -> LiveStory:
    """The story after some kept members left; the sums over forgotten members stay."""
    staying = tuple(each for each in story.members if each.article_id not in leaving)
    gone = [each for each in story.members if each.article_id in leaving]
    total = story.total - np.sum([each.vector for each in gone], axis=0, dtype=np.float32)
    notes = released(story.notes, leaving)
    if story.size == len(story.members):  # nothing forgotten: recompute instead of subtracting
        return of_members(story.story_id, staying, notes)
    return LiveStory(
        story_id=story.story_id,
        members=staying,
        total=total,
        size=story.size - len(gone),
        last_at=story.last_at,
        last_sequence=story.last_sequence,
        last_arrival=story.last_arrival,
        notes=notes,
    )


def kept(members: tuple[LiveMember, ...], max_members: int) -> tuple[LiveMember, ...]:
    """The members to keep: the first quarter, which set the story's subject, and the latest rest."""
    if len(members) <= max_members:
        return members
    first = max(1, max_members // 4)
    return members[:first] + members[first - max_members :]


def _latest(*times: float | None) -> float | None:
    return max((each for each in times if each is not None), default=None)
