"""Splitting a story that turned out to be two.

The kept members are parted by two-means; the join model is the judge, as for merges: the story is split where
members of either part would clearly not join the other. The bar is lower than that for merging is high, so that
what was just merged is not split again.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.candidates import Candidates, Visit
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.model import JoinModel
from pipeline.domain.clustering.notes import of_part
from pipeline.domain.clustering.repair import Budget
from pipeline.domain.clustering.story import LiveStory, of_members, without
from pipeline.domain.clustering.types import Split

MIN_MEMBERS = 4
"""Fewer are too little to tell two stories from two views of one."""

MIN_PART = 2
"""A part of one article may be just an odd report."""

SAMPLE = 3
_ROUNDS = 5
_ID_CHARS = 20


def split_changed(
    replica: LiveStories,
    candidates: Candidates,
    model: JoinModel,
    budget: Budget,
    changed: list[str],
    idf: NDArray[np.float32],
) -> list[Split]:
    """Split those of these stories that are two."""
    large = [replica.stories[each] for each in changed if len(replica.stories[each].members) >= MIN_MEMBERS]
    parted = [each for each in map(_parted, large) if each is not None]
    least = (
        candidates.at_least([visit for each in parted for visit in each.visits], idf).reshape(-1, 2).max(axis=1)
    )
    # Most are far from it, and told without a search for rivals.
    doubtful = [each for each, logit in zip(parted, least.tolist(), strict=True) if logit <= model.split_logit]
    splits = (_split(replica, each, candidates, model, budget, idf) for each in doubtful)
    return [each for each in splits if each is not None]


class _Parted(NamedTuple):
    """A story as it would be split."""

    story: LiveStory
    staying: tuple[LiveMember, ...]
    leaving: tuple[LiveMember, ...]

    @property
    def visits(self) -> list[Visit]:
        """The members of either part at the other."""
        ways = ((self.leaving, self.staying), (self.staying, self.leaving))
        own_id = self.story.story_id
        return [Visit(visitors[-SAMPLE:], own_id, of_members(own_id, hosts)) for visitors, hosts in ways]


def _parted(story: LiveStory) -> _Parted | None:
    """None where it must not be split, or hardly anything would leave."""
    if story.notes.leaves_alone:
        return None
    staying, leaving = two_parts(story.members)
    if len(leaving) < MIN_PART:
        return None
    if _any_placed(story, leaving):
        staying, leaving = leaving, staying
        if _any_placed(story, leaving):
            return None
    return _Parted(story, staying, leaving)


def _split(
    replica: LiveStories,
    parted: _Parted,
    candidates: Candidates,
    model: JoinModel,
    budget: Budget,
    idf: NDArray[np.float32],
) -> Split | None:
    story, leaving = parted.story, parted.leaving
    if candidates.belonging(parted.visits, idf).max() > model.split_logit or not budget.spend_on_split(leaving):
        return None
    ids = frozenset(each.article_id for each in leaving)
    new_id = hashlib.sha256(f"{story.story_id}/{leaving[0].article_id}".encode()).hexdigest()[:_ID_CHARS]
    replica.put(without(story, ids))
    replica.put(of_members(new_id, leaving, of_part(story.notes)))
    return Split(story.story_id, new_id, tuple(each.article_id for each in leaving))


def _any_placed(story: LiveStory, part: tuple[LiveMember, ...]) -> bool:
    """Whether a desk put one of them here: then the part keeps the story's id."""
    return any(each.article_id in story.notes.placed for each in part)


def two_parts(members: tuple[LiveMember, ...]) -> tuple[tuple[LiveMember, ...], tuple[LiveMember, ...]]:
    """Members in two parts by two-means from the least similar pair; the larger first, then the older."""
    vectors = np.stack([each.vector for each in members])
    similarities = vectors @ vectors.T
    centres = vectors[list(np.unravel_index(int(np.argmin(similarities)), similarities.shape))]
    side = np.zeros(len(members), dtype=np.int64)
    for _ in range(_ROUNDS):
        side = np.argmax(vectors @ centres.T, axis=1)
        centres = np.stack([vectors[side == each].sum(axis=0) for each in (0, 1)])
        centres = centres / np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-6)
    parts = [tuple(each for each, own in zip(members, side, strict=True) if own == number) for number in (0, 1)]
    larger, smaller = sorted(parts, key=lambda part: (-len(part), part[0].sequence if part else 0))
    return larger, smaller
