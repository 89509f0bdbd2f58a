"""Between batches: look again at gray decisions, close quiet stories.

A sweep looks at what changed since the last one, which is little. Where it is much (after a pause in which all
went quiet, or sweeps that others overtook) it takes what it can in a few seconds and leaves the rest.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.candidates import Candidates
from pipeline.domain.clustering.consolidation import consolidate
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.lookahead import AHEAD
from pipeline.domain.clustering.model import JoinModel
from pipeline.domain.clustering.repair import Repair, StoryPair, story_pair
from pipeline.domain.clustering.settings import ClusteringSettings
from pipeline.domain.clustering.splits import split_changed
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.stream import StreamState, swept
from pipeline.domain.clustering.types import Changes

MOST = 2_048
"""Stories that one sweep judges, and as many that it closes: eight times as many as articles come between two."""

_ROUNDING_S = 1.0
"""More stories are looked at than are quiet; none is missed."""


def sweep_stories(
    replica: LiveStories,
    candidates: Candidates,
    repair: Repair,
    model: JoinModel,
    idf: NDArray[np.float32],
    settings: ClusteringSettings,
) -> Changes:
    """Apply the repairs to the replica and say what they were."""
    closed = _close_quiet(replica, settings)
    since, seen = replica.stream.swept, replica.stream.seen
    until = replica.table.first_changed(since, MOST) or seen
    gray = replica.gray()
    doubted = _doubted(replica, gray[:MOST], candidates, idf)
    merges = consolidate(replica, repair, replica.changed(since, until), doubted, idf)
    splits = split_changed(replica, candidates, model, repair.budget, replica.changed(since, until), idf)
    replica.stream = swept(replica.stream, until)
    more = until < seen or max(len(gray), len(closed)) >= MOST
    return Changes(merges=merges, splits=splits, closed=closed, more_to_sweep=more)


def _doubted(
    replica: LiveStories, gray_ids: list[str], candidates: Candidates, idf: NDArray[np.float32]
) -> list[StoryPair]:
    """Stories with gray members that gained coverage, each with the likeliest other story.

    A gray member is looked at once more, when its story has other members too; then it is no longer gray.
    """
    doubtful = [replica.stories[each] for each in gray_ids]
    gray = [[each for each in story.members if each.gray][-1] for story in doubtful]
    pairs = []
    for at, (story, member) in enumerate(zip(doubtful, gray, strict=True)):
        if at % AHEAD == 0:
            ahead = candidates.look_ahead(gray[at : at + AHEAD], idf)
        others = [each for each in candidates.ranked(member, idf, ahead) if each.story_id != story.story_id]
        if others:
            pairs.append(story_pair(story.story_id, others[0].story_id))
    for story in doubtful:
        replica.put(_settled(story))
    return pairs


def _settled(story: LiveStory) -> LiveStory:
    return replace(story, members=tuple(replace(each, gray=False) for each in story.members))


def _close_quiet(replica: LiveStories, settings: ClusteringSettings) -> list[str]:
    stream = replica.stream
    quiet_since = -np.inf if stream.now is None else stream.now - settings.quiet_time_s + _ROUNDING_S
    old = replica.before(stream.seen - settings.quiet_articles, quiet_since)
    stories = (replica.stories[each] for each in old)
    quiet = (each.story_id for each in stories if not each.notes.pinned and _is_quiet(each, replica, settings))
    closed = [*islice(quiet, MOST)]
    for story_id in closed:
        replica.remove(story_id)
    return closed


def _is_quiet(story: LiveStory, replica: LiveStories, settings: ClusteringSettings) -> bool:
    stream = replica.stream
    if stream.seen - story.last_sequence > settings.quiet_articles:
        return True
    if stream.now is None or story.last_at is None or stream.now - story.last_at <= settings.quiet_time_s:
        return False
    return _arrival_agrees(story, stream, settings.quiet_time_s)


def _arrival_agrees(story: LiveStory, stream: StreamState, quiet_time_s: float) -> bool:
    """Dates are what senders say: they alone close no story whose coverage comes in as it appears.

    Its time must also have passed by the broker's clock. Of news that were old already when they came (a replay, a
    backfill) years come in within minutes: there only dates can tell.
    """
    if stream.arrived is None or story.last_arrival is None or story.last_at is None:
        return True
    since_arrival = stream.arrived - story.last_arrival
    age_at_arrival = story.last_arrival - story.last_at
    return max(since_arrival, age_at_arrival) > quiet_time_s
