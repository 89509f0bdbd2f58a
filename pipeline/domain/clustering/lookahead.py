"""What the articles of a batch are near to, computed for all of them at once.

The batch changes stories while it is decided, one article after the other. What it changed is looked at anew, so
that each article sees what those before it did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.join import JoinScorer
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_features import STORY_FEATURES, with_margins

Idf = NDArray[np.float32]


@dataclass(frozen=True)
class Judged:
    """An article against some stories."""

    stories: Sequence[LiveStory]
    rows: NDArray[np.float32]
    """Shape (n_stories, len(STORY_FEATURES))."""
    logits: NDArray[np.float64]
    """Shape (n_stories,): log-odds that the article belongs to each."""


class Lookahead:
    """Candidates of the articles of one batch, and how these compare with them."""

    def __init__(
        self,
        replica: LiveStories,
        scorer: JoinScorer,
        members: Sequence[LiveMember],
        max_candidates: int,
        idf: Idf,
    ) -> None:
        self._replica = replica
        self._scorer = scorer
        self._max_candidates = max_candidates
        # Twice as many: stories that change meanwhile may fall behind others.
        near = replica.index.scored([each.vector for each in members], 2 * max_candidates)
        self._near = {each.article_id: found for each, found in zip(members, near, strict=True)}
        nearest = [[replica.stories[each] for _, each in found[:max_candidates]] for found in near]
        judged = self._judge(members, nearest, idf)
        self._judged = {each.article_id: own for each, own in zip(members, judged, strict=True)}

    def near(self, member: LiveMember) -> list[LiveStory]:
        """The stories with the nearest centroids as they are now, nearest first; ties by id."""
        stories, touched = self._replica.stories, self._replica.touched
        if not touched:
            return list(self._judged[member.article_id].stories)
        found = [each for each in self._near[member.article_id] if each[1] not in touched]
        changed = [each for each in touched if each in stories]
        if changed:
            centroids = np.stack([stories[each].centroid for each in changed])
            found += zip(np.einsum("ij,j->i", centroids, member.vector).tolist(), changed, strict=True)
        nearest = sorted(found, key=lambda each: (-each[0], each[1]))
        return [stories[each] for _, each in nearest[: self._max_candidates]]

    def judged(self, member: LiveMember, stories: Sequence[LiveStory], idf: Idf) -> Judged:
        """The article against these stories; only those that changed meanwhile are compared with it again."""
        ahead = self._judged[member.article_id]
        known = {id(story): row for story, row in zip(ahead.stories, ahead.rows, strict=True)}
        if known.keys() == {id(each) for each in stories}:
            return ahead
        new = [each for each in stories if id(each) not in known]
        known |= {id(story): row for story, row in zip(new, self._rows([member], [new], idf), strict=True)}
        return self._with_logits(stories, [known[id(each)] for each in stories])

    def _judge(
        self, members: Sequence[LiveMember], stories: Sequence[Sequence[LiveStory]], idf: Idf
    ) -> list[Judged]:
        rows = self._rows(members, stories, idf)
        logits = self._scorer.logits(rows)
        ends = np.cumsum([len(own) for own in stories])
        return [
            Judged(own, rows[end - len(own) : end], logits[end - len(own) : end])
            for own, end in zip(stories, ends.tolist(), strict=True)
        ]

    def _with_logits(self, stories: Sequence[LiveStory], rows: Sequence[NDArray[np.float32]]) -> Judged:
        if not stories:
            return Judged((), np.zeros((0, len(STORY_FEATURES)), dtype=np.float32), np.zeros(0))
        together = with_margins(np.stack(rows))
        return Judged(stories, together, self._scorer.logits(together))

    def _rows(
        self, members: Sequence[LiveMember], stories: Sequence[Sequence[LiveStory]], idf: Idf
    ) -> NDArray[np.float32]:
        asked = [(member, own) for member, own in zip(members, stories, strict=True) if own]
        return self._scorer.rows([member for member, _ in asked], [own for _, own in asked], idf)
