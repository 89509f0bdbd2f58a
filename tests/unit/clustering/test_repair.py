"""Merging, its budget, and what survives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.clustering import Clustering, ClusteringSettings
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.repair import FREE_ARTICLES, Budget, story_pair
from pipeline.domain.clustering.state_error import StateError
from pipeline.domain.clustering.story_codec import decode_story, encode_story
from pipeline.domain.clustering.stream import StreamState
from pipeline.domain.clustering.types import Merge
from tests.unit.clustering.helpers import HOUR_S, MODEL, article, committed
from tests.unit.clustering.made import member, story

NEVER_JOIN = replace(MODEL, join_threshold=1.1)


def _apart(later_s: float, max_merged_share: float) -> Clustering:
    """Four stories of one article each, two topics, that the clustering would now call two stories."""
    live = Clustering(NEVER_JOIN, ClusteringSettings(max_merged_share=max_merged_share))
    committed(live, [article(topic, number, at=0.0) for number in range(2) for topic in range(2)])
    committed(live, [article(9, number, at=later_s) for number in range(3)])
    return live


def _merge(live: Clustering) -> list[Merge]:
    pair = story_pair(article(0, 0).article_id[:20], article(0, 1).article_id[:20])
    object.__setattr__(live._repair._model, "merge_logit", -100.0)
    try:
        return live._repair.merge_all([pair], live._idf())
    finally:
        object.__setattr__(live._repair._model, "merge_logit", NEVER_JOIN.merge_logit)


def test_the_older_of_two_equal_stories_survives() -> None:
    assert _merge(_apart(later_s=0.0, max_merged_share=1.0)) == [
        Merge(survivor=article(0, 0).article_id[:20], absorbed=article(0, 1).article_id[:20])
    ]


def test_a_chain_of_pairs_ends_in_one_story_whichever_survived_before() -> None:
    live = Clustering(replace(NEVER_JOIN, merge_logit=-100.0), ClusteringSettings(max_merged_share=1.0))
    committed(live, [article(0, number) for number in range(4)])
    names = [article(0, number).article_id[:20] for number in range(4)]
    pairs = [story_pair(one, other) for at, one in enumerate(names) for other in names[at + 1 :]]
    merges = live._repair.merge_all(pairs, live._idf())
    assert len(merges) == 3
    assert {each.absorbed for each in merges} == set(names) - {merges[-1].survivor}
    assert live.live_stories == 1


def test_a_late_merge_that_the_budget_forbids_does_not_happen() -> None:
    assert _merge(_apart(later_s=48 * HOUR_S, max_merged_share=0.0)) == []


def test_a_merge_in_the_first_hour_costs_nothing() -> None:
    assert len(_merge(_apart(later_s=0.5 * HOUR_S, max_merged_share=0.0))) == 1


def _budget(parted: int = 0) -> tuple[Budget, LiveStories]:
    """Of a stream of a thousand articles, the latest of the second day: five may change their story late."""
    replica = LiveStories()
    replica.stream = StreamState(seen=1_000, recent=(48 * HOUR_S,), parted=parted)
    return Budget(replica, ClusteringSettings(max_parted_share=0.005, max_merged_share=0.005)), replica


def test_late_splits_are_paid_up_to_their_share_of_all_articles_and_no_further() -> None:
    late, (budget, replica) = [member(str(number), published_at=0.0) for number in range(5)], _budget()
    assert budget.spend_on_split(late[:3])
    assert budget.spend_on_split(late[3:])
    assert replica.stream.parted == 5
    assert not budget.spend_on_split(late[:1])
    assert (replica.stream.parted, replica.stream.merged) == (5, 0)


def test_late_merges_are_paid_by_every_article_of_the_absorbed_story_unless_both_are_large() -> None:
    budget, replica = _budget()
    survivor = story(*(member(str(number), published_at=0.0) for number in range(3)))
    forgetful = replace(survivor, size=4)
    assert budget.spend_on_merge(survivor, survivor)
    assert not budget.spend_on_merge(survivor, survivor)
    assert not budget.spend_on_merge(survivor, forgetful)
    assert replica.stream.merged == 3
    assert budget.spend_on_merge(survivor, story(*survivor.members[:2]))
    assert replica.stream.merged == 5
    assert budget.spend_on_merge(replace(survivor, size=10), replace(survivor, size=10))
    assert (replica.stream.merged, replica.stream.parted) == (15, 0)
    assert not budget.spend_on_merge(replace(survivor, size=10), replace(survivor, size=9))
    fresh = story(member("fresh", published_at=47 * HOUR_S))
    assert budget.spend_on_merge(survivor, fresh)
    assert replica.stream.merged == 15


def test_an_undated_article_is_late_once_many_others_came_after_it() -> None:
    budget, replica = _budget(parted=6)
    assert budget.spend_on_split([member("x", sequence=1_000 - FREE_ARTICLES)])
    assert not budget.spend_on_split([member("x", sequence=999 - FREE_ARTICLES)])
    assert replica.stream.parted == 6


def test_what_came_within_the_hour_is_parted_whatever_was_spent() -> None:
    budget, replica = _budget(parted=6)
    assert budget.spend_on_split([member("x", published_at=47 * HOUR_S)])
    assert replica.stream.parted == 6


def test_a_decision_near_the_boundary_is_looked_at_again_once() -> None:
    live = Clustering(replace(MODEL, gray_low=0.0, gray_high=1.0))
    committed(live, [article(0, number) for number in range(3)])

    def gray() -> list[bool]:
        return [each.gray for state in live.snapshot().states.values() for each in decode_story(state).members]

    assert any(gray())
    live.sweep()
    live.commit()
    assert gray() == [False] * 3


def test_a_state_reads_back_as_it_was_written() -> None:
    live = _apart(later_s=0.0, max_merged_share=1.0)
    for state in live.snapshot().states.values():
        assert encode_story(decode_story(state)) == state


@pytest.mark.parametrize("damaged", [b"", b"\x05\x00\x00\x00{}", b"\xff\xff\xff\xff"])
def test_a_damaged_state_is_a_named_error(damaged: bytes) -> None:
    with pytest.raises(StateError):
        decode_story(damaged)
