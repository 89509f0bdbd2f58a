"""Merging whole stories: the careful half of "decide fast, then consolidate".

Joining looks at one article and the members that a story kept. Consolidation looks at two stories as wholes: every
story that changed since the last sweep is judged against its nearest few, not only where an article doubted.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.repair import Repair, StoryPair, story_pair
from pipeline.domain.clustering.types import Merge

NEIGHBOURS = 6
"""Nearest stories that a changed story is compared with."""


def consolidate(
    replica: LiveStories,
    repair: Repair,
    changed: list[str],
    doubted: Iterable[StoryPair],
    idf: NDArray[np.float32],
) -> list[Merge]:
    """Merge these stories with neighbours that are the same story, and doubted pairs likewise.

    A merged story is compared again, with the members and sums it has now, until no pair is one.
    """
    merges: list[Merge] = []
    pairs = {*doubted, *_neighbours(replica, changed)}
    while pairs:
        found = repair.merge_all(pairs, idf)
        merges += found
        survivors = {each.survivor for each in found if each.survivor in replica.stories}
        pairs = _neighbours(replica, sorted(survivors))
    return merges


def _neighbours(replica: LiveStories, story_ids: list[str]) -> set[StoryPair]:
    """Each of these stories with each of its nearest."""
    nearest = replica.index.nearest([replica.stories[each].centroid for each in story_ids], NEIGHBOURS + 1)
    return {
        story_pair(own, other)
        for own, others in zip(story_ids, nearest, strict=True)
        for other in others
        if other != own
    }
