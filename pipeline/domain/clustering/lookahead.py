"""What the articles of a batch are near to, computed for all of them at once.

The batch changes stories while it is decided, one article after the other. What it says that it changed is
looked at anew, so that each article sees what those before it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.borrowing import share_text
from pipeline.domain.clustering.changed_stories import ChangedStories
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
        vectors, terms = [each.vector for each in members], [each.terms for each in members]
        near = replica.index.scored(vectors, 2 * max_candidates, terms)
        self._near = {each.article_id: found for each, found in zip(members, near, strict=True)}
        nearest = [[replica.stories[each] for _, each in found[:max_candidates]] for found in near]
        judged = self._judge(members, nearest, idf)
        self._judged = {each.article_id: own for each, own in zip(members, judged, strict=True)}
        shares = share_text(members, nearest)
        self._shares = {
            each.article_id: dict(zip(map(id, own), shared, strict=True))
            for each, own, shared in zip(members, nearest, shares, strict=True)
        }
        self._changes = ChangedStories(replica, members)

    def follow(self, story_ids: Iterable[str]) -> None:
        """These stories changed, or are gone."""
        self._changes.follow(story_ids)

    def near(self, member: LiveMember) -> list[LiveStory]:
        """The stories with the nearest centroids as they are now, nearest first; ties by id."""
        if not self._changes.ids:
            return list(self._judged[member.article_id].stories)
        nearest = self._nearest(member, self._unchanged(member), self._max_candidates)
        return [self._replica.stories[each] for _, each in nearest]

    def scored(self, member: LiveMember, count: int) -> list[tuple[float, str]] | None:
        """What `StoryIndex.scored` gives now for the article's vector; None where that is not known any more."""
        unchanged = self._unchanged(member)
        return self._nearest(member, unchanged, count) if len(unchanged) >= count else None

    def shares_text(self, member: LiveMember, stories: Sequence[LiveStory]) -> list[bool]:
        """Of each story, whether any of its kept members has sentences that the article has too."""
        known = self._shares[member.article_id]
        new = [each for each in stories if id(each) not in known]
        if not new:
            return [known[id(each)] for each in stories]
        (shared,) = share_text([member], [new])
        known = known | dict(zip(map(id, new), shared, strict=True))
        return [known[id(each)] for each in stories]

    def _unchanged(self, member: LiveMember) -> list[tuple[float, str]]:
        """Of the nearest stories, those that are as they were."""
        changed = self._changes.ids
        return [each for each in self._near[member.article_id] if each[1] not in changed]

    def _nearest(
        self, member: LiveMember, unchanged: list[tuple[float, str]], count: int
    ) -> list[tuple[float, str]]:
        least = unchanged[count - 1][0] if len(unchanged) >= count else -np.inf
        found = unchanged[:count] + self._changes.as_near(member, least)
        return sorted(found, key=lambda each: (-each[0], each[1]))[:count]

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
