"""Finds the stories that an article may belong to and ranks them with the join model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.contradiction import admitted
from pipeline.domain.clustering.join import Candidate, JoinScorer, probabilities
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.lookahead import Judged, Lookahead
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.settings import ClusteringSettings
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_features import DENSE, MARGIN, MAX_MARGIN

Admitted = Callable[[LiveMember, Sequence[LiveStory], Sequence[bool], NDArray[np.float32]], Sequence[LiveStory]]
"""See `admitted`."""


@dataclass(frozen=True)
class Visit:
    """Members of one story that are asked whether they belong to another."""

    members: tuple[LiveMember, ...]
    visitor_id: str
    """Their own story, which is left out of what they are compared with."""
    host: LiveStory


class Candidates:
    """Looks up and scores candidate stories in a replica."""

    def __init__(self, replica: LiveStories, scorer: JoinScorer, settings: ClusteringSettings) -> None:
        self._replica = replica
        self._scorer = scorer
        self._settings = settings
        self._admitted: Admitted = admitted

    def look_ahead(self, members: Sequence[LiveMember], idf: NDArray[np.float32]) -> Lookahead:
        """Compute at once what `ranked` will be asked of these."""
        return Lookahead(self._replica, self._scorer, members, self._settings.max_candidates, idf)

    def ranked(
        self, member: LiveMember, idf: NDArray[np.float32], ahead: Lookahead | None = None
    ) -> list[Candidate]:
        """Candidate stories of an article that has no story yet, the likeliest first; ties by story id.

        `ahead`: of a batch that the article is in.
        """
        judged = self._judged(member, idf, ahead or self.look_ahead([member], idf))
        scored = zip((-probabilities(judged.logits)).tolist(), judged.stories, strict=True)
        ranked = sorted((negative, story.story_id) for negative, story in scored)
        return [Candidate(story_id, -negative) for negative, story_id in ranked]

    def _judged(self, member: LiveMember, idf: NDArray[np.float32], ahead: Lookahead) -> Judged:
        """The article against the stories that it may belong to."""
        near = ahead.near(member)
        return ahead.judged(member, self._admitted(member, near, ahead.shares_text(member, near), idf), idf)

    def at_most(self, visits: Sequence[Visit], idf: NDArray[np.float32]) -> NDArray[np.float64]:
        """What `belonging` gives at most, shape (n_visits,): were there no other story as near.

        Exact but for the one feature that other stories decide, and much cheaper: nothing is looked up.
        """
        return self._with_margin(MAX_MARGIN, visits, idf)

    def at_least(self, visits: Sequence[Visit], idf: NDArray[np.float32]) -> NDArray[np.float64]:
        """What `belonging` gives at least: were another story as near as can be. Shape (n_visits,)."""
        return self._with_margin(-MAX_MARGIN, visits, idf)

    def belonging(self, visits: Sequence[Visit], idf: NDArray[np.float32]) -> NDArray[np.float64]:
        """Mean log-odds that the members belong to the host, as if their own story did not exist.

        Shape (n_visits,).
        """
        rows = self._rows(visits, idf)
        rivals = self._rivals(visits)
        rows[:, MARGIN] = np.clip(rows[:, DENSE] - rivals, -MAX_MARGIN, MAX_MARGIN)
        return _means(self._scorer.logits(rows), visits)

    def _with_margin(
        self, margin: float, visits: Sequence[Visit], idf: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        rows = self._rows(visits, idf)
        rows[:, MARGIN] = margin
        return _means(self._scorer.logits(rows), visits)

    def _rows(self, visits: Sequence[Visit], idf: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features of each member of each visit against the host, in order; of a member for all hosts at once."""
        asked = [(member, each.host) for each in visits for member in each.members]
        places: dict[int, list[int]] = {}
        for place, (member, _) in enumerate(asked):
            places.setdefault(id(member), []).append(place)
        members = [asked[own[0]][0] for own in places.values()]
        rows = self._scorer.rows(members, [[asked[each][1] for each in own] for own in places.values()], idf)
        in_order = np.empty_like(rows)
        in_order[[each for own in places.values() for each in own]] = rows
        return in_order

    def _rivals(self, visits: Sequence[Visit]) -> NDArray[np.float32]:
        """For each visiting member its similarity to the nearest member of any other candidate.

        -inf where there is none. Each member is looked up once, however often it visits.
        """
        members = {id(member): member for each in visits for member in each.members}
        found = self._near(list(members.values()), self._settings.max_candidates + 1)
        likeness = dict(zip(members, _nearest_members(list(members.values()), found), strict=True))
        others = self._settings.max_candidates - 1
        return np.array(
            [
                max(list(_without(likeness[id(member)], each))[:others], default=-np.inf)
                for each in visits
                for member in each.members
            ],
            dtype=np.float32,
        )

    def _near(self, members: Sequence[LiveMember], count: int) -> list[list[LiveStory]]:
        """For each member the stories with the nearest centroids, nearest first."""
        vectors, terms = [each.vector for each in members], [each.terms for each in members]
        ids = self._replica.index.nearest(vectors, count, terms)
        return [[self._replica.stories[each] for each in near] for near in ids]


def _means(logits: NDArray[np.float64], visits: Sequence[Visit]) -> NDArray[np.float64]:
    """The mean over the members of each visit."""
    counts = np.array([len(each.members) for each in visits], dtype=np.int64)
    if counts.size == 0:
        return np.zeros(0)
    means: NDArray[np.float64] = np.add.reduceat(logits, np.cumsum(counts) - counts) / counts
    return means


def _nearest_members(
    members: Sequence[LiveMember], stories: Sequence[Sequence[LiveStory]]
) -> list[list[tuple[str, float]]]:
    """For each member the ids of its stories, each with its similarity to the nearest kept member of the story."""
    return [
        [(each.story_id, float((each.stacked.vectors @ member.vector).max())) for each in own]
        for member, own in zip(members, stories, strict=True)
    ]


def _without(likeness: Sequence[tuple[str, float]], visit: Visit) -> Iterator[float]:
    """The similarities, but those of the two stories that the visit is about."""
    own = (visit.visitor_id, visit.host.story_id)
    return (similarity for story_id, similarity in likeness if story_id not in own)
