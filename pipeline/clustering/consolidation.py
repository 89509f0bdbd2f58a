"""Merging whole stories: the careful half of "decide fast, then consolidate".

Joining looks at one article and the members that a story kept. Consolidation looks at two stories as wholes: the
average-linkage similarity of two clusters is known exactly from their sums, `dot(total_a, total_b) / (n_a * n_b)`,
however few members were kept (Murtagh 1983, on the group average; the vectors have unit length). Every story that
changed since the last sweep is compared with its nearest few, not only where an article doubted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.repair import Repair, StoryPair, story_pair
from pipeline.clustering.replica import Replica
from pipeline.clustering.story import LiveStory
from pipeline.clustering.types import Merge

NEIGHBOURS = 6
"""Nearest stories that a changed story is compared with."""


def average_link(one: LiveStory, other: LiveStory) -> float:
    """Mean similarity over all pairs of one article of either story, -1..1."""
    return float(np.dot(one.total, other.total)) / (one.size * other.size)


def consolidate(
    replica: Replica, repair: Repair, threshold: float, idf: NDArray[np.float32]
) -> list[Merge]:
    """Merge changed stories with neighbours whose average link reaches `threshold`, the nearest pair first.

    A merged story is compared again, with the sums it has now, until no pair reaches the threshold.
    """
    merges: list[Merge] = []
    changed = [each.story_id for each in replica.stories.values() if each.last_sequence >= replica.stream.swept]
    while changed:
        merged: dict[str, None] = {}
        for pair in _alike(replica, sorted(changed), threshold):
            if {pair.one, pair.other} & merged.keys():
                continue  # no longer the stories that were compared
            merge = repair.merge(pair, idf)
            if merge is not None:
                merged[merge.survivor] = None
                merges.append(merge)
        changed = [each for each in merged if each in replica.stories]
    return merges


def _alike(replica: Replica, story_ids: list[str], threshold: float) -> list[StoryPair]:
    """Pairs of these stories and their nearest neighbours that reach the threshold, highest link first."""
    if not story_ids:
        return []
    stories = replica.stories
    nearest = replica.index.nearest(np.stack([stories[each].centroid for each in story_ids]), NEIGHBOURS + 1)
    pairs = {
        story_pair(own, other)
        for own, others in zip(story_ids, nearest, strict=True) for other in others if other != own
    }
    links = {pair: average_link(stories[pair.one], stories[pair.other]) for pair in pairs}
    alike = [pair for pair, link in links.items() if link >= threshold]
    return sorted(alike, key=lambda pair: (-links[pair], pair.one, pair.other))
