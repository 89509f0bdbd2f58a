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
from pipeline.domain.clustering.pairs import in_rows
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_features import NO_ROWS, story_features, with_margins

Idf = NDArray[np.float32]

AHEAD = 64
"""Articles that are compared with the live stories at once. Of more, many would have to be compared again."""

FARTHER = 0.2
"""An article of a story may be so much less similar than the story's centroid is; of few it is more."""


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
        self._changes = ChangedStories(replica, members)
        # Twice as many: stories that change meanwhile may fall behind others.
        vectors, terms = [each.vector for each in members], [each.terms for each in members]
        near = replica.index.scored(vectors, 2 * max_candidates, terms)
        self._near = {each.article_id: found for each, found in zip(members, near, strict=True)}
        self._stories: dict[str, LiveStory] = {}
        nearest = [self._as_they_are(found[:max_candidates]) for found in near]
        self._compared = scorer.compared(members, nearest, self._least(near), idf)
        judged = self._judge(members, nearest)
        self._judged = {each.article_id: own for each, own in zip(members, judged, strict=True)}
        shares = share_text(members, nearest)
        self._shares = {each.article_id: own for each, own in zip(members, shares, strict=True)}

    def follow(self, story_ids: Iterable[str]) -> None:
        """These stories changed, or are gone."""
        self._changes.follow(story_ids)

    def near(self, member: LiveMember) -> Sequence[LiveStory]:
        """The stories with the nearest centroids as they are now, nearest first; ties by id."""
        first = self._near[member.article_id][: self._max_candidates]
        nearest = self._nearest(member)
        if nearest == first and self._changes.ids.isdisjoint(story_id for _, story_id in first):
            return self._judged[member.article_id].stories
        return self._as_they_are(nearest)

    def knows_near(self, member: LiveMember) -> bool:
        """Whether not so much changed that others may be as near as those that `near` gives."""
        return len(self._unchanged(member)) >= self._max_candidates

    def shares_text(self, member: LiveMember, stories: Sequence[LiveStory]) -> list[bool]:
        """Of each story, whether any of its kept members has sentences that the article has too."""
        ahead, shares = self._judged[member.article_id].stories, self._shares[member.article_id]
        if stories is ahead:
            return shares
        known = dict(zip(map(id, ahead), shares, strict=True))
        new = [each for each in stories if id(each) not in known]
        (shared,) = share_text([member], [new])
        known |= dict(zip(map(id, new), shared, strict=True))
        return [known[id(each)] for each in stories]

    def _least(self, near: Sequence[Sequence[tuple[float, str]]]) -> NDArray[np.float32]:
        """How similar an article is to each article at least that it may meet in one of its candidates."""
        last = self._max_candidates - 1
        return np.array([own[last][0] - FARTHER if len(own) > last else -np.inf for own in near], dtype=np.float32)

    def _as_they_are(self, scored: Iterable[tuple[float, str]]) -> list[LiveStory]:
        return [self._story(story_id) for _, story_id in scored]

    def _story(self, story_id: str) -> LiveStory:
        """The story as it is now."""
        if story_id in self._changes.ids:
            return self._replica.stories[story_id]
        if story_id not in self._stories:
            self._stories[story_id] = self._replica.stories[story_id]
        return self._stories[story_id]

    def _unchanged(self, member: LiveMember) -> list[tuple[float, str]]:
        """Of the nearest stories, those that are as they were."""
        changed = self._changes.ids
        return [each for each in self._near[member.article_id] if each[1] not in changed]

    def _nearest(self, member: LiveMember) -> list[tuple[float, str]]:
        unchanged, count = self._unchanged(member), self._max_candidates
        least = unchanged[count - 1][0] if len(unchanged) >= count else -np.inf
        changed = self._changes.as_near(member, least)
        return sorted(unchanged[:count] + changed, key=_nearest_first)[:count] if changed else unchanged[:count]

    def judged(self, member: LiveMember, stories: Sequence[LiveStory], idf: Idf) -> Judged:
        """The article against these stories; only those that changed meanwhile are compared with it again."""
        ahead = self._judged[member.article_id]
        known = {id(story): row for story, row in zip(ahead.stories, ahead.rows, strict=True)}
        asked = [id(each) for each in stories]
        if asked == [*known]:
            return ahead
        new = [each for each in stories if id(each) not in known]
        known |= {id(story): row for story, row in zip(new, self._rows(member, new, idf), strict=True)}
        return self._with_logits(stories, [known[each] for each in asked])

    def _judge(self, members: Sequence[LiveMember], stories: Sequence[Sequence[LiveStory]]) -> list[Judged]:
        asked = [(member, own) for member, own in zip(members, stories, strict=True) if own]
        rows = NO_ROWS
        if asked:
            articles, candidates = zip(*asked, strict=True)
            rows = story_features(articles, candidates, self._compared.of_stories)
        logits = self._scorer.logits(rows)
        ends = np.cumsum([len(own) for own in stories])
        return [
            Judged(own, rows[end - len(own) : end], logits[end - len(own) : end])
            for own, end in zip(stories, ends.tolist(), strict=True)
        ]

    def _with_logits(self, stories: Sequence[LiveStory], rows: Sequence[NDArray[np.float32]]) -> Judged:
        if not stories:
            return Judged((), NO_ROWS, np.zeros(0))
        together = with_margins(in_rows(rows))
        return Judged(stories, together, self._scorer.logits(together))

    def _rows(self, member: LiveMember, stories: Sequence[LiveStory], idf: Idf) -> NDArray[np.float32]:
        if not stories:
            return NO_ROWS
        pairs = self._compared.of(member, [each for story in stories for each in story.members])
        if pairs is None:
            return self._scorer.rows([member], [stories], idf)
        return story_features([member], [stories], pairs)


def _nearest_first(scored: tuple[float, str]) -> tuple[float, str]:
    return -scored[0], scored[1]
