"""The promises of the clustering towards the store."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.clustering import UncommittedError
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.types import LiveStoriesDelta, LiveStoriesSnapshot, Verdict
from tests.unit.clustering.helpers import HOUR_S, article, clustering, committed, same

streams = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 40), st.one_of(st.none(), st.floats(0.0, 100 * HOUR_S))),
    min_size=2,
    max_size=30,
    unique_by=lambda each: each[:2],
)


def test_articles_of_one_topic_share_a_story_and_other_topics_do_not() -> None:
    stories = committed(clustering(), [article(topic, number) for number in range(4) for topic in range(3)])
    assert len(set(stories.values())) == 3


def test_a_new_story_is_named_after_the_article_that_opened_it() -> None:
    first = article(0, 0)
    changes = clustering().assign([first])
    assert changes.assignments[0].verdict is Verdict.OPENED
    assert changes.assignments[0].story_id == first.article_id[:20]


def test_rollback_restores_the_replica_exactly() -> None:
    live = clustering()
    committed(live, [article(topic, 0) for topic in range(3)])
    before = live.snapshot()
    live.assign([article(0, 1), article(7, 1, text="A new matter. " * 30)])
    live.rollback()
    assert same(live.snapshot(), before)


def test_a_refused_batch_decided_again_gives_the_same_changes() -> None:
    live = clustering()
    committed(live, [article(topic, 0) for topic in range(3)])
    batch = [article(topic, 1) for topic in range(3)]
    first = live.assign(batch)
    live.rollback()
    assert live.assign(batch) == first


def test_assigning_twice_without_a_commit_is_refused() -> None:
    live = clustering()
    live.assign([article(0, 0)])
    with pytest.raises(UncommittedError):
        live.assign([article(0, 1)])


@settings(max_examples=30, deadline=None)
@given(stream=streams, cut=st.integers(1, 29))
def test_a_clustering_rebuilt_from_a_snapshot_decides_as_the_one_that_made_it(
    stream: list[tuple[int, int, float | None]], cut: int
) -> None:
    articles = [article(topic, number, at) for topic, number, at in stream]
    live, rebuilt = clustering(), clustering()
    committed(live, articles[:cut])
    rebuilt.load(live.snapshot())
    assert rebuilt.assign(articles[cut:]) == live.assign(articles[cut:])
    live.commit()
    rebuilt.commit()
    assert rebuilt.sweep() == live.sweep()


@settings(max_examples=20, deadline=None)
@given(stream=streams)
def test_a_follower_that_applies_every_change_holds_what_the_leader_holds(
    stream: list[tuple[int, int, float | None]],
) -> None:
    leader, follower = clustering(quiet_time_s=30 * HOUR_S), clustering(quiet_time_s=30 * HOUR_S)
    for topic, number, at in stream:
        for change in (partial(leader.assign, [article(topic, number, at)]), leader.sweep):
            changes = change()
            leader.commit()
            gone = [*changes.closed, *(each.absorbed for each in changes.merges)]
            follower.apply(
                LiveStoriesDelta(
                    states={**changes.states, **dict.fromkeys(gone)},
                    term_counts=changes.term_counts,
                    term_table=changes.term_table,
                    language_means=changes.language_means,
                )
            )
    assert same(follower.snapshot(), leader.snapshot())


def test_a_follower_halves_its_document_frequencies_where_the_leader_did() -> None:
    leader, follower = clustering(decay_articles=10), clustering(decay_articles=10)
    changes = leader.assign([article(0, number) for number in range(12)])
    leader.commit()
    assert changes.term_table is not None
    delta = LiveStoriesDelta(dict(changes.states), changes.term_counts, changes.term_table, changes.language_means)
    follower.apply(delta)
    assert same(follower.snapshot(), leader.snapshot())


def test_a_story_keeps_a_bounded_state_however_large_it_grows() -> None:
    live = clustering(max_members=4)
    committed(live, [article(topic, number) for number in range(10) for topic in range(3)])
    at_ten = max(len(state) for state in live.snapshot().states.values())
    committed(live, [article(topic, number) for number in range(10, 40) for topic in range(3)])
    assert live.live_stories == 3
    assert max(len(state) for state in live.snapshot().states.values()) < 1.1 * at_ten


def test_a_quiet_story_is_closed_and_one_wrong_date_closes_nothing() -> None:
    live = clustering(quiet_time_s=24 * HOUR_S)
    committed(live, [article(0, 0, at=0.0)], [article(1, number, at=2 * HOUR_S) for number in range(5)])
    committed(live, [article(2, 0, at=10_000 * HOUR_S)])
    assert live.sweep().closed == []
    live.commit()
    committed(live, [article(3, number, at=40 * HOUR_S) for number in range(70)])
    assert article(0, 0).article_id[:20] in live.sweep().closed


def test_document_frequencies_are_halved_when_there_are_too_many() -> None:
    live = clustering(decay_articles=10)
    committed(live, [article(0, number) for number in range(9)])
    changes = live.assign([article(0, 9)])
    assert changes.term_table is not None
    assert changes.term_counts == {}
    assert int(np.frombuffer(changes.term_table, ">u4")[0]) == 5


def test_halved_frequencies_are_whole_numbers_and_come_back_where_the_store_refuses_them() -> None:
    live = LiveStories()
    live.count_terms(np.array([3, 5], dtype=np.int32))
    live.count_terms(np.array([3], dtype=np.int32))
    live.commit()
    before = live.term_table.copy()
    live.count_terms(np.array([3], dtype=np.int32))
    live.decay_terms()
    assert live.term_table.dtype == np.uint32
    assert live.term_table[[0, 3, 5]].tolist() == [1, 1, 0]
    live.count_terms(np.array([5], dtype=np.int32))
    live.rollback()
    assert np.array_equal(live.term_table, before)


def test_an_empty_snapshot_loads() -> None:
    live = clustering()
    live.load(LiveStoriesSnapshot(states={}, term_table=b"", language_means=b""))
    assert live.live_stories == 0
