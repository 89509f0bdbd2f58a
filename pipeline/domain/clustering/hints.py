"""What the clustering knows of a story that its record wants too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.types import StoryHints

RELATED_SIMILARITY = 0.4
"""Centroids of related stories are at least this near."""


def story_hints(replica: LiveStories, story_ids: Sequence[str], max_related: int) -> dict[str, StoryHints]:
    """Cohesion and the nearest other live stories of each of these."""
    if not story_ids:
        return {}
    stories = [replica.stories[each] for each in story_ids]
    near = replica.index.scored([each.centroid for each in stories], max_related + 1)
    return {
        story.story_id: StoryHints(cohesion=_cohesion(story), related=_related(story, found)[:max_related])
        for story, found in zip(stories, near, strict=True)
    }


def _cohesion(story: LiveStory) -> float:
    """Mean similarity of the kept members to their centre, 0..1."""
    vectors = np.stack([each.vector for each in story.members])
    return min(1.0, max(0.0, float((vectors @ story.centroid).mean())))


def _related(story: LiveStory, near: Sequence[tuple[float, str]]) -> tuple[str, ...]:
    return tuple(
        story_id
        for similarity, story_id in near
        if story_id != story.story_id and similarity >= RELATED_SIMILARITY
    )
