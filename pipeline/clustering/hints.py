"""What the clustering knows of a story that its record wants too."""

from __future__ import annotations

import numpy as np

from pipeline.clustering.replica import Replica
from pipeline.clustering.types import StoryHints

RELATED_SIMILARITY = 0.4
"""Centroids of related stories are at least this near."""


def story_hints(replica: Replica, story_id: str, max_related: int) -> StoryHints:
    """Cohesion and the nearest other live stories."""
    story = replica.stories[story_id]
    vectors = np.stack([each.vector for each in story.members])
    cohesion = float((vectors @ story.centroid).mean())
    (nearest,) = replica.index.nearest(story.centroid[None], max_related + 1)
    related = tuple(
        each for each in nearest
        if each != story_id
        and float(replica.stories[each].centroid @ story.centroid) >= RELATED_SIMILARITY
    )
    return StoryHints(cohesion=min(1.0, max(0.0, cohesion)), related=related[:max_related])
