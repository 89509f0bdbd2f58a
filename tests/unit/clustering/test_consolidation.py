"""Merging whole stories that are one."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from pipeline.domain.clustering import Clustering, ClusteringSettings, sweep
from pipeline.domain.clustering.candidates import Candidates
from pipeline.domain.clustering.consolidation import NEIGHBOURS, consolidate
from pipeline.domain.clustering.join import Candidate
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.model import JoinModel
from pipeline.domain.clustering.repair import LARGE_STORY, Repair, StoryPair, average_link, story_pair
from pipeline.domain.clustering.stream import CLOCK_ARTICLES
from pipeline.domain.clustering.types import EncodedArticle, Merge
from tests.unit.clustering.helpers import HOUR_S, MODEL, article, committed
from tests.unit.clustering.made import idf, member, story

ALONE = replace(MODEL, join_threshold=1.1, split_logit=-1e9, gray_low=2.0)
"""No article joins: only consolidation brings them together."""


def _live(articles: list[EncodedArticle], model: JoinModel = ALONE) -> Clustering:
    live = Clustering(model, ClusteringSettings())
    committed(live, articles)
    return live


def _swept(live: Clustering) -> list[int]:
    """Sizes of all stories after a sweep, largest first."""
    live.sweep()
    live.commit()
    return sorted((each.size for each in live._replica.stories.values()), reverse=True)


def test_stories_of_one_event_become_one_and_others_stay_apart() -> None:
    articles = [article(topic, number) for number in range(5) for topic in range(3)]
    assert _swept(_live(articles)) == [5, 5, 5]


def test_stories_whose_vectors_are_far_apart_stay_apart_whatever_the_model_says() -> None:
    articles = [article(topic, number) for number in range(5) for topic in range(3)]
    assert _swept(_live(articles, replace(ALONE, merge_logit=-1e9))) == [5, 5, 5]


def test_stories_that_the_model_keeps_apart_are_not_merged_for_their_vectors_alone() -> None:
    articles = [article(topic, number) for number in range(2) for topic in range(2)]
    assert _swept(_live(articles, replace(ALONE, merge_logit=1e9))) == [1, 1, 1, 1]


def test_a_chain_of_merges_ends_in_one_survivor_that_every_merge_names() -> None:
    live = _live([article(0, number) for number in range(9)])
    changes = live.sweep()
    live.commit()
    alive = set(live._replica.stories)
    into = {each.absorbed: each.survivor for each in changes.merges}
    assert len(into) == len(changes.merges) == 8
    for survivor in into.values():
        while survivor in into:
            survivor = into[survivor]
        assert survivor in alive


def test_the_average_link_counts_members_that_were_forgotten() -> None:
    sums = {}
    for kept in (4, 100):
        live = Clustering(replace(ALONE, join_threshold=1e-20), ClusteringSettings(max_members=kept))
        committed(live, [article(0, number) for number in range(6)])
        (sums[kept],) = live._replica.stories.values()
    short, full = sums[4], sums[100]
    assert (len(short.members), len(full.members)) == (4, 6)
    every_pair = np.mean([each.vector @ other.vector for each in full.members for other in full.members])
    assert average_link(short, full) == pytest.approx(float(every_pair), abs=1e-5)


def _halves(size: int) -> Clustering:
    """Two stories of one event that grew apart, long ago."""
    live = Clustering(ALONE, ClusteringSettings(max_merged_share=0.0))
    committed(live, [article(0, number) for number in range(2 * size)])
    stories = sorted(live._replica.stories.values(), key=lambda each: each.last_sequence)
    for half in (stories[:size], stories[size:]):
        for each in half[1:]:
            live._repair.merge(story_pair(half[0].story_id, each.story_id), live._idf())
    live.commit()
    committed(live, [article(9, number, at=48 * HOUR_S) for number in range(2)])
    return live


@pytest.mark.parametrize(("size", "stories"), [(LARGE_STORY, 1), (LARGE_STORY - 1, 2)])
def test_no_bound_keeps_two_large_parts_of_one_event_apart(size: int, stories: int) -> None:
    live = _halves(size)
    live.sweep()
    live.commit()
    assert sum(each.size >= LARGE_STORY - 1 for each in live._replica.stories.values()) == stories


def _apart(count: int) -> LiveStories:
    """Stories of one article each, `s0` and so on."""
    replica = LiveStories()
    for number in range(count):
        angle = 0.1 * number
        replica.put(story(member(f"a{number}", (np.cos(angle), np.sin(angle))), story_id=f"s{number}"))
    return replica


def test_what_was_merged_is_compared_again_with_its_nearest_few() -> None:
    asked: list[set[StoryPair]] = []
    rounds = [[Merge("s0", "s1")], [Merge("s0", "s2"), Merge("gone", "s3")], []]

    class FakeRepair:
        def merge_all(self, pairs: set[StoryPair], _: object) -> list[Merge]:
            asked.append(pairs)
            return rounds[len(asked) - 1]

    merges = consolidate(_apart(20), cast(Repair, FakeRepair()), ["s19"], [story_pair("s0", "s1")], idf())
    assert merges == [each for found in rounds for each in found]
    nearest = {story_pair("s0", f"s{number}") for number in range(1, NEIGHBOURS + 1)}
    last = {story_pair("s19", f"s{18 - number}") for number in range(NEIGHBOURS)}
    assert asked == [{story_pair("s0", "s1"), *last}, nearest, nearest]


def test_a_doubtful_member_is_looked_at_once_more_with_the_likeliest_other_story() -> None:
    replica = LiveStories()
    doubtful = member("b", sequence=1, gray=True)
    replica.put(story(member("a", sequence=0, gray=True), doubtful))
    ranked = ["s", "t", "u"]

    class FakeCandidates:
        def look_ahead(self, members: list[LiveMember], _: object) -> list[LiveMember]:
            return members

        def ranked(self, asked: LiveMember, _: object, ahead: list[LiveMember]) -> list[Candidate]:
            assert (asked, ahead) == (doubtful, [doubtful]), "the latest one, with what was looked up for all"
            return [Candidate(each, 0.5) for each in ranked]

    candidates = cast(Candidates, FakeCandidates())
    assert sweep._doubted(replica, replica.gray(), candidates, idf()) == [story_pair("s", "t")]
    assert replica.gray() == []
    replica.put(story(member("a", sequence=0), doubtful))
    ranked[1:] = []
    assert sweep._doubted(replica, replica.gray(), candidates, idf()) == []


def test_what_one_sweep_leaves_others_do_and_then_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    articles = [article(topic, number) for topic in range(3) for number in range(5)]
    monkeypatch.setattr(sweep, "MOST", 6)
    live, left = _live(articles), [True]
    while left[-1]:
        left.append(live.sweep().more_to_sweep)
        live.commit()
    assert left == [True, True, False]
    assert [each.size for each in live._replica.stories.values()] == [5, 5, 5]


def test_no_more_stories_are_closed_by_one_sweep_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    live = _live([article(topic, 0) for topic in range(5)], replace(ALONE, merge_logit=1e9))
    committed(live, [article(9, number, 1_000 * HOUR_S) for number in range(CLOCK_ARTICLES)])
    monkeypatch.setattr(sweep, "MOST", 3)
    closed = []
    for _ in range(2):
        closed.append(len(live.sweep().closed))
        live.commit()
    assert closed == [3, 2]
