"""Merging stories that turned out to be one.

The join model is the judge: members of either story are scored as if they had just arrived and the other story
were a candidate. Stories are one where both directions agree on average and their vectors don't speak against it.
Each merge is paid from a budget, so that ids can't flap: see `ClusteringSettings.max_merged_share`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.candidates import Candidates, Visit
from pipeline.domain.clustering.contradiction import contradict
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.model import JoinModel
from pipeline.domain.clustering.notes import repair_may_merge
from pipeline.domain.clustering.settings import ClusteringSettings
from pipeline.domain.clustering.story import LiveStory, merged
from pipeline.domain.clustering.stream import StreamState
from pipeline.domain.clustering.types import Merge

SAMPLE = 4
"""Latest members of each story that are scored against the other."""

MIN_LINK = 0.2
"""Below this average link two stories are not one, whatever a few of their members say."""

LINK_WEIGHT = 2.0
"""Log-odds that each unit of average link adds to what the latest members say: it speaks for all the others."""

Judge = Callable[[Sequence[Visit], NDArray[np.float32]], NDArray[np.float64]]
"""Log-odds of each visit."""

FREE_S = 3_600.0
"""An id may change in an article's first hour at no cost: nobody has seen it for long."""

FREE_ARTICLES = 64
"""The same for undated articles, counted in later articles."""


class StoryPair(NamedTuple):
    """Two stories that may be one, ids in order."""

    one: str
    other: str


def average_link(one: LiveStory, other: LiveStory) -> float:
    """Mean similarity over all pairs of one article of either story, -1..1, however few members were kept.

    Known exactly from the sums of unit vectors (Murtagh 1983, on the group average).
    """
    return float(np.dot(one.total, other.total)) / (one.size * other.size)


def story_pair(one: str, other: str) -> StoryPair:
    """The pair, whichever comes first."""
    return StoryPair(min(one, other), max(one, other))


LARGE_STORY = 10
"""From this size on two stories are large parts of one event: no bound keeps them apart."""


class Budget:
    """Late changes of story ids, kept below shares of all articles: merges and splits apart.

    A merge costs a reader a redirect; a split moves articles to an id that nobody knows, and is bounded tighter.
    """

    def __init__(self, replica: LiveStories, settings: ClusteringSettings) -> None:
        self._replica = replica
        self._settings = settings

    def spend_on_merge(self, survivor: LiveStory, absorbed: LiveStory) -> bool:
        """Pay for moving the absorbed story's articles; False, and nothing paid, where the budget forbids it."""
        stream = self._replica.stream
        cost = absorbed.size - len(absorbed.members) + _late(absorbed.members, stream)
        large = min(survivor.size, absorbed.size) >= LARGE_STORY
        if cost and not large and stream.merged + cost > self._settings.max_merged_share * stream.seen:
            return False
        self._replica.stream = replace(stream, merged=stream.merged + cost)
        return True

    def spend_on_split(self, leaving: Sequence[LiveMember]) -> bool:
        """Pay for moving these articles to a new story; False, and nothing paid, where the budget forbids it."""
        stream = self._replica.stream
        cost = _late(leaving, stream)
        if cost and stream.parted + cost > self._settings.max_parted_share * stream.seen:
            return False
        self._replica.stream = replace(stream, parted=stream.parted + cost)
        return True


class Repair:
    """Judges pairs of stories and merges them in the replica."""

    def __init__(
        self, replica: LiveStories, candidates: Candidates, model: JoinModel, settings: ClusteringSettings
    ) -> None:
        self._replica = replica
        self._candidates = candidates
        self._model = model
        self._settings = settings
        self.budget = Budget(replica, settings)

    def merge_all(self, pairs: Iterable[StoryPair], idf: NDArray[np.float32]) -> list[Merge]:
        """Merge those of the pairs that are one story, likeliest first; chains of pairs are followed."""
        alike = self._alike(pairs, idf)
        merges: list[Merge] = []
        now_in: dict[str, str] = {}
        for pair in sorted(alike, key=lambda each: (-alike[each], each.one, each.other)):
            current = story_pair(_follow(pair.one, now_in), _follow(pair.other, now_in))
            # After other merges the stories are no longer those that were judged.
            if current != pair and not self._alike([current], idf):
                continue
            merge = self.merge(current, idf)
            if merge is not None:
                now_in[merge.absorbed] = merge.survivor
                merges.append(merge)
        return merges

    def _alike(self, pairs: Iterable[StoryPair], idf: NDArray[np.float32]) -> dict[StoryPair, float]:
        """Those of the pairs that are one story, with their agreement.

        That is the mean log-odds that members of either story belong to the other, and what the average link adds.
        Most pairs are far from it, and told by the cheap bound alone.
        """
        near = {each: link for each in pairs if (link := self._link(each)) >= MIN_LINK}
        for judge in (self._candidates.at_most, self._candidates.belonging):
            agreements = self._agreements(near, judge, idf)
            near = {each: link for each, link in near.items() if agreements[each] >= self._model.merge_logit}
        return {each: agreements[each] for each in near}

    def _link(self, pair: StoryPair) -> float:
        """-inf where a story is gone, or they are one already."""
        one, other = self._replica.stories.get(pair.one), self._replica.stories.get(pair.other)
        return average_link(one, other) if one is not None and other is not None and one is not other else -np.inf

    def _agreements(
        self, links: Mapping[StoryPair, float], judge: Judge, idf: NDArray[np.float32]
    ) -> dict[StoryPair, float]:
        """Of these pairs, whose average link is known."""
        both_ways = [each for pair in links for each in ((pair.one, pair.other), (pair.other, pair.one))]
        stories = self._replica.stories
        visits = [Visit(stories[visitor].members[-SAMPLE:], visitor, stories[host]) for visitor, host in both_ways]
        means = judge(visits, idf).reshape(-1, 2).mean(axis=1)
        together = zip(links.items(), means.tolist(), strict=True)
        return {pair: mean + LINK_WEIGHT * link for (pair, link), mean in together}

    def merge(self, pair: StoryPair, idf: NDArray[np.float32]) -> Merge | None:
        """The larger story survives, the older where they are equal; None where they
        contradict, or a desk or the budget forbids it."""
        one, other = (self._replica.stories.get(each) for each in (pair.one, pair.other))
        if one is None or other is None or one is other:
            return None
        if not repair_may_merge(one.notes, other.notes) or contradict(one, other, idf):
            return None
        survivor, absorbed = sorted((one, other), key=lambda each: (-each.size, _opened_at(each), each.story_id))
        if not self.budget.spend_on_merge(survivor, absorbed):
            return None
        self._replica.remove(absorbed.story_id)
        self._replica.put(merged(survivor, absorbed, self._settings.max_members))
        return Merge(survivor.story_id, absorbed.story_id)


def _late(members: Sequence[LiveMember], stream: StreamState) -> int:
    return sum(not _is_fresh(each, stream) for each in members)


def _is_fresh(member: LiveMember, stream: StreamState) -> bool:
    """Whether the member's id may still change at no cost."""
    if member.published_at is None:
        return stream.seen - member.sequence <= FREE_ARTICLES
    return stream.latest - member.published_at <= FREE_S


def _opened_at(story: LiveStory) -> int:
    return story.members[0].sequence


def _follow(story_id: str, now_in: dict[str, str]) -> str:
    while story_id in now_in:
        story_id = now_in[story_id]
    return story_id
