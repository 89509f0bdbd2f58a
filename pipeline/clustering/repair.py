"""Merging stories that turned out to be one.

The join model is the judge: members of either story are scored as if they had just arrived and the other story
were a candidate. Stories are one where both directions agree on average and their vectors don't speak against it.
Each merge is paid from a budget, so that ids can't flap: see `ClusteringSettings.max_merged_share`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.candidates import Candidates
from pipeline.clustering.contradiction import contradict
from pipeline.clustering.member import Member
from pipeline.clustering.model import JoinModel
from pipeline.clustering.replica import Replica
from pipeline.clustering.settings import ClusteringSettings
from pipeline.clustering.story import LiveStory, merged
from pipeline.clustering.stream import StreamState
from pipeline.clustering.types import Merge

SAMPLE = 4
"""Latest members of each story that are scored against the other."""

MIN_LINK = 0.2
"""Below this average link two stories are not one, whatever a few of their members say."""

LINK_WEIGHT = 2.0
"""Log-odds that each unit of average link adds to what the latest members say: it speaks for all the others."""

FREE_S = 3_600.0
"""An id may change in an article's first hour at no cost: nobody has seen it for long."""

FREE_ARTICLES = 64
"""The same for undated articles, counted in later articles."""


@dataclass(frozen=True)
class StoryPair:
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

    def __init__(self, replica: Replica, settings: ClusteringSettings) -> None:
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

    def spend_on_split(self, leaving: Sequence[Member]) -> bool:
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
        self, replica: Replica, candidates: Candidates, model: JoinModel, settings: ClusteringSettings
    ) -> None:
        self._replica = replica
        self._candidates = candidates
        self._model = model
        self._settings = settings
        self.budget = Budget(replica, settings)

    def merge_all(self, pairs: Iterable[StoryPair], idf: NDArray[np.float32]) -> list[Merge]:
        """Merge those of the pairs that are one story, likeliest first; chains of pairs are followed."""
        agreements = {pair: self._agreement(pair, idf) for pair in pairs}
        alike = [pair for pair, agreement in agreements.items() if agreement >= self._model.merge_logit]
        merges: list[Merge] = []
        now_in: dict[str, str] = {}
        for pair in sorted(alike, key=lambda each: (-agreements[each], each.one, each.other)):
            current = story_pair(_follow(pair.one, now_in), _follow(pair.other, now_in))
            # After other merges the stories are no longer those that were judged.
            if current != pair and self._agreement(current, idf) < self._model.merge_logit:
                continue
            merge = self.merge(current, idf)
            if merge is not None:
                now_in[merge.absorbed] = merge.survivor
                merges.append(merge)
        return merges

    def _agreement(self, pair: StoryPair, idf: NDArray[np.float32]) -> float:
        """Mean log-odds that members of either story belong to the other, and what the average link adds to it.

        -inf where a story is gone or the link too low.
        """
        stories = self._replica.stories
        one, other = stories.get(pair.one), stories.get(pair.other)
        if one is None or other is None or one is other:
            return float("-inf")
        link = average_link(one, other)
        if link < MIN_LINK:
            return float("-inf")
        return LINK_WEIGHT * link + 0.5 * sum(
            self._candidates.belonging(visitor.members[-SAMPLE:], visitor, host, idf)
            for visitor, host in ((one, other), (other, one))
        )

    def merge(self, pair: StoryPair, idf: NDArray[np.float32]) -> Merge | None:
        """The larger story survives, the older where they are equal; None where they
        contradict or the budget forbids it."""
        one, other = (self._replica.stories.get(each) for each in (pair.one, pair.other))
        if one is None or other is None or one is other:
            return None
        if contradict(one, other, idf):
            return None
        survivor, absorbed = sorted((one, other), key=lambda each: (-each.size, _opened_at(each), each.story_id))
        if not self.budget.spend_on_merge(survivor, absorbed):
            return None
        self._replica.remove(absorbed.story_id)
        self._replica.put(merged(survivor, absorbed, self._settings.max_members))
        return Merge(survivor.story_id, absorbed.story_id)


def _late(members: Sequence[Member], stream: StreamState) -> int:
    return sum(not _is_fresh(each, stream) for each in members)


def _is_fresh(member: Member, stream: StreamState) -> bool:
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
