"""Finds the stories that an article may belong to and ranks them with the join model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
        return self._scorer.score(member, self._near(member, self._settings.max_candidates), idf)

    def logit_without(
        self, member: Member, visitor: LiveStory, host: LiveStory, idf: NDArray[np.float32]
    ) -> float:
        """Log-odds that `member` belongs to `host`, as if its own story `visitor` did not exist."""
        near = self._near(member, self._settings.max_candidates + 1)
        others = [each for each in near if each.story_id not in (visitor.story_id, host.story_id)]
        stories = [host, *others[: self._settings.max_candidates - 1]]
        return float(self._scorer.logits(member, stories, idf)[0])

    def _near(self, member: Member, count: int) -> list[LiveStory]:
        """The stories with the nearest centroids, nearest first."""
        return [self._replica.stories[each] for each in self._replica.index.nearest(member.vector, count)]
