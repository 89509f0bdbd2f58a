"""A desk's corrections: what becomes of the stories that one is about. Pure, and decided on these stories alone.

Unlike repair, a desk names articles of which a large story no longer keeps the vectors. Those are read anew, and
handed in as `remembered`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from pipeline.domain.clustering.hints import cohesion
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.notes import MAX_PLACED, MAX_SIDES, DeskNotes, parted, released, side
from pipeline.domain.clustering.packed_vectors import packed_direction
from pipeline.domain.clustering.settings import ClusteringSettings
from pipeline.domain.clustering.story import LiveStory, kept, merged, of_members, without
from pipeline.domain.clustering.story_codec import encode_story
from pipeline.domain.clustering.topics import TopicHead
from pipeline.domain.clustering.types import Changes, Merge, Move, Split, StoryHints
from pipeline.mendable import MendableError

MAX_MEMBERS = ClusteringSettings().max_members

Remembered = Mapping[str, LiveMember]


class Action(StrEnum):
    """What a desk can do."""

    MERGE = "merge"
    """Two stories are one."""
    SPLIT = "split"
    """Some articles are a story of their own."""
    MOVE = "move"
    """An article belongs to another story."""
    PIN = "pin"
    """Repair leaves the story alone, and it does not expire."""
    UNPIN = "unpin"
    HIDE = "hide"
    """Subscribers are not shown the story."""
    UNHIDE = "unhide"


@dataclass(frozen=True)
class Order:
    """One correction."""

    action: Action
    story_id: str
    """The story that keeps its id, or that gets the article."""
    other_id: str | None = None
    """The story that is merged into it, that opens by the split, or that the article leaves."""
    article_ids: tuple[str, ...] = ()
    """Those that are parted or moved."""
    token: str = ""
    """Of the parting: 8 hexadecimal digits that no other has."""

    @property
    def existing(self) -> tuple[str, ...]:
        """Ids of the stories that it needs."""
        opens = self.action is Action.SPLIT or self.other_id is None
        return (self.story_id,) if opens else (self.story_id, self.other_id or "")


class OrderRefusedError(MendableError):
    """The correction can't be made as it was asked for."""


class NothingToDoError(OrderRefusedError):
    """It is so already, be it that the command was repeated."""


def forgotten(order: Order, stories: Mapping[str, LiveStory], staying: Sequence[str]) -> list[str]:
    """Ids of articles that must be read anew for this correction, because their story does not keep them.

    `staying`: the articles of the story that is split that do not leave, newest last.
    """
    if order.action not in (Action.SPLIT, Action.MOVE):
        return []
    source = stories[order.story_id if order.action is Action.SPLIT else order.other_id or ""]
    known = {each.article_id for each in source.members}
    wanted = [each for each in order.article_ids if each not in known]
    if known <= set(order.article_ids):
        wanted += staying[-MAX_MEMBERS:]
    return wanted


def corrected(
    order: Order,
    stories: Mapping[str, LiveStory],
    remembered: Remembered,
    related: Mapping[str, tuple[str, ...]],
    topics: TopicHead | None,
) -> Changes:
    """The changes; `related` are those that each story had so far. Raises OrderRefusedError, NothingToDoError."""
    match order.action:
        case Action.MERGE:
            changes, after = _merge(order, stories)
        case Action.SPLIT:
            changes, after = _split(order, stories, remembered)
        case Action.MOVE:
            changes, after = _move(order, stories, remembered)
        case _:
            changes, after = Changes(), [_marked(order, stories[order.story_id])]
    for each in after:
        _check_bounded(each)
    changes.states = {each.story_id: encode_story(each) for each in after}
    gone = {each.absorbed for each in changes.merges}
    for each in after:
        # Of a story that is opened, the one that it was part of.
        near = related.get(each.story_id, (order.story_id,))
        others = tuple(other for other in near if other not in {*gone, each.story_id})
        changes.hints[each.story_id] = StoryHints(
            cohesion(each),
            others,
            topics.of(each.centroid) if topics is not None else (),
            packed_direction(each.centroid),
        )
    return changes


def _merge(order: Order, stories: Mapping[str, LiveStory]) -> tuple[Changes, list[LiveStory]]:
    survivor, absorbed = (stories[each] for each in order.existing)
    # Those of their articles that are kept now stay together.
    ids = [each.article_id for each in (*survivor.members, *absorbed.members)]
    return Changes(merges=[Merge(survivor.story_id, absorbed.story_id)]), [_united(survivor, absorbed, ids)]


def _united(survivor: LiveStory, absorbed: LiveStory, placed: Sequence[str]) -> LiveStory:
    if survivor.notes.hidden != absorbed.notes.hidden:
        hidden = survivor if survivor.notes.hidden else absorbed
        raise OrderRefusedError(f"story {hidden.story_id} is hidden and the other one is not: `unhide` it first")
    story = merged(survivor, absorbed, MAX_MEMBERS)
    return replace(story, notes=replace(story.notes, placed=story.notes.placed.union(placed)))


def _split(
    order: Order, stories: Mapping[str, LiveStory], remembered: Remembered
) -> tuple[Changes, list[LiveStory]]:
    story, new_id = stories[order.story_id], order.other_id or ""
    if story.size <= len(order.article_ids):
        raise OrderRefusedError(
            f"these are all articles of story {story.story_id}: name those that are a story of their own"
        )
    rest, leaving = _parted(story, order.article_ids, remembered)
    sides = story.notes.sides
    rest = replace(rest, notes=replace(rest.notes, sides=sides | {side(order.token, second=False)}))
    notes = DeskNotes(sides=sides | {side(order.token, second=True)}, placed=frozenset(order.article_ids))
    changes = Changes(splits=[Split(story.story_id, new_id, order.article_ids)])
    return changes, [rest, _gathered(new_id, leaving, notes)]


def _move(
    order: Order, stories: Mapping[str, LiveStory], remembered: Remembered
) -> tuple[Changes, list[LiveStory]]:
    target, source = (stories[each] for each in order.existing)
    if source.size == 1:
        changes = Changes(merges=[Merge(target.story_id, source.story_id)])
        return changes, [_united(target, source, order.article_ids)]
    rest, leaving = _parted(source, order.article_ids, remembered)
    grown = merged(target, _gathered(target.story_id, leaving, DeskNotes()), MAX_MEMBERS)
    notes = replace(grown.notes, placed=grown.notes.placed.union(order.article_ids))
    if not parted(rest.notes, notes):
        rest = replace(rest, notes=replace(rest.notes, sides=rest.notes.sides | {side(order.token, second=False)}))
        notes = replace(notes, sides=notes.sides | {side(order.token, second=True)})
    changes = Changes(moves=[Move(source.story_id, target.story_id, order.article_ids)])
    return changes, [rest, replace(grown, notes=notes)]


def _parted(
    story: LiveStory, leaving_ids: Sequence[str], remembered: Remembered
) -> tuple[LiveStory, list[LiveMember]]:
    """The story without these articles, and the articles."""
    own = {each.article_id: each for each in story.members}
    leaving = [own.get(each) or remembered[each] for each in leaving_ids]
    if story.size == len(own):
        return without(story, frozenset(leaving_ids)), leaving
    staying = tuple(each for each in story.members if each.article_id not in leaving_ids)
    staying = staying or _in_order(each for each in remembered.values() if each.article_id not in leaving_ids)
    gone = np.sum([each.vector for each in leaving], axis=0, dtype=np.float32)
    rest = replace(
        story,
        members=staying,
        total=story.total - gone,
        size=story.size - len(leaving),
        notes=released(story.notes, leaving_ids),
    )
    return rest, leaving


def _gathered(story_id: str, members: Iterable[LiveMember], notes: DeskNotes) -> LiveStory:
    """A story of these articles."""
    story = of_members(story_id, _in_order(members), notes)
    return replace(story, members=kept(story.members, MAX_MEMBERS))


def _in_order(members: Iterable[LiveMember]) -> tuple[LiveMember, ...]:
    return tuple(sorted(members, key=lambda each: each.sequence))


def _marked(order: Order, story: LiveStory) -> LiveStory:
    notes = story.notes
    match order.action:
        case Action.PIN | Action.UNPIN:
            marked = replace(notes, pinned=order.action is Action.PIN)
        case _:
            marked = replace(notes, hidden=order.action is Action.HIDE)
    if marked == notes:
        state = "already" if order.action in (Action.PIN, Action.HIDE) else "not"
        word = "hidden" if order.action in (Action.HIDE, Action.UNHIDE) else "pinned"
        raise NothingToDoError(f"story {story.story_id} is {state} {word}")
    return replace(story, notes=marked)


def _check_bounded(story: LiveStory) -> None:
    if not story.notes.bounded:
        raise OrderRefusedError(
            f"story {story.story_id} would have more corrections than a story keeps ({MAX_SIDES} partings, "
            f"{MAX_PLACED} articles put by hand): split off fewer articles at a time, or correct another story"
        )
