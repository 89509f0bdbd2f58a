"""Finds the stories that an article may belong to and ranks them with the join model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.contradiction import contradicts
from pipeline.clustering.join import Candidate, JoinScorer
from pipeline.clustering.member import Member
from pipeline.clustering.replica import Replica
from pipeline.clustering.settings import ClusteringSettings
from pipeline.clustering.story import LiveStory


class Candidates:
    """Looks up and scores candidate stories in a replica."""

    def __init__(self, replica: Replica, scorer: JoinScorer, settings: ClusteringSettings) -> None:
        self._replica = replica
        self._scorer = scorer
        self._settings = settings

    def ranked(self, member: Member, idf: NDArray[np.float32]) -> list[Candidate]:
        """Candidate stories of an article that has no story yet, the likeliest first."""
        (near,) = self._near([member], self._settings.max_candidates)
        return self._scorer.score(member, [each for each in near if not contradicts(member, each, idf)], idf)

    def belonging(
        self, members: Sequence[Member], visitor: LiveStory, host: LiveStory, idf: NDArray[np.float32]
    ) -> float:
        """Mean log-odds that the members belong to `host`, as if their own story `visitor` did not exist."""
        logits = []
        for member, near in zip(members, self._near(members, self._settings.max_candidates + 1), strict=True):
            others = [each for each in near if each.story_id not in (visitor.story_id, host.story_id)]
            stories = [host, *others[: self._settings.max_candidates - 1]]
            logits.append(float(self._scorer.logits(member, stories, idf)[0]))
        return float(np.mean(logits))

    def _near(self, members: Sequence[Member], count: int) -> list[list[LiveStory]]:
        """For each member the stories with the nearest centroids, nearest first."""
        ids = self._replica.index.nearest(np.stack([each.vector for each in members]), count)
        return [[self._replica.stories[each] for each in near] for near in ids]
