"""Newer versions of articles in the clustering: exchanged, moved, withdrawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.exchange import exchanged, left
from pipeline.domain.clustering.join import Candidate
from pipeline.domain.clustering.notes import DeskNotes
from pipeline.domain.clustering.repair import StoryPair, story_pair
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_codec import decode_story
from pipeline.domain.clustering.types import EncodedArticle, LiveStoriesDelta, NewVersion, Withdrawal
from tests.unit.clustering.helpers import MODEL, article, clustering, committed, same
from tests.unit.clustering.made import member
from tests.unit.clustering.made import story as made_story

BODY = " ".join(f"word{number}" for number in range(80))


def version_of(before: EncodedArticle, story_id: str, **changed: Any) -> NewVersion:
    return NewVersion(replace(before, **changed), story_id, version=2)


def like(before: EncodedArticle, other: EncodedArticle) -> dict[str, object]:
    """What makes of an article one about the other's topic."""
    return {"title": other.title, "vector": other.vector}


def story(live: Clustering, story_id: str) -> LiveStory:
    return decode_story(live.snapshot().states[story_id])


def assert_sums_are_those_of_the_members(live: Clustering) -> None:
    for state in live.snapshot().states.values():
        each = decode_story(state)
        np.testing.assert_allclose(each.total, np.sum([m.vector for m in each.members], axis=0), atol=1e-5)
        assert each.size == len(each.members)


def test_a_corrected_article_takes_its_own_place_in_its_story() -> None:
    live = clustering()
    articles = [article(0, number) for number in range(3)]
    story_id = committed(live, articles)[articles[1].article_id]
    title = "Volcano on Sunda island erupts again, thousands flee"
    changes = live.assign([], [version_of(articles[1], story_id, title=title, vector=article(0, 9).vector)])
    live.commit()
    assert [(each.from_story_id, each.story_id) for each in changes.corrections] == [(story_id, story_id)]
    assert (changes.merges, changes.closed, changes.assignments) == ([], [], [])
    members = story(live, story_id).members
    assert [each.article_id for each in members] == [each.article_id for each in articles]
    np.testing.assert_allclose(members[1].vector @ article(0, 9).vector, 1.0, atol=0.02)
    assert_sums_are_those_of_the_members(live)


def test_a_corrected_article_is_not_counted_again() -> None:
    live = clustering()
    first = article(0, 0)
    story_id = committed(live, [first])[first.article_id]
    before = live.snapshot()
    changes = live.assign([], [version_of(first, story_id, title="Volcano on Sunda island calms down")])
    live.commit()
    assert (changes.term_counts, changes.language_means) == ({}, b"")
    assert live.snapshot().term_table == before.term_table
    assert live.snapshot().language_means == before.language_means


def test_a_correction_that_the_store_refuses_is_undone_exactly() -> None:
    live = clustering()
    articles = [article(topic, number) for topic in range(2) for number in range(3)]
    stories = committed(live, articles)
    before = live.snapshot()
    ids = [each.article_id for each in articles]
    moved = version_of(articles[0], stories[ids[0]], **like(articles[0], article(1, 7)))
    withdrawn = [Withdrawal(ids[4], stories[ids[4]])]
    first = live.assign([article(2, 0)], [moved], withdrawn)
    live.rollback()
    assert same(live.snapshot(), before)
    assert live.assign([article(2, 0)], [moved], withdrawn) == first


def test_an_article_that_is_about_something_else_now_leaves_for_the_story_of_that() -> None:
    live = clustering()
    articles = [article(topic, number) for topic in range(2) for number in range(3)]
    stories = committed(live, articles)
    ids = [each.article_id for each in articles]
    moved = version_of(articles[2], stories[ids[2]], **like(articles[2], article(1, 7)))
    changes = live.assign([], [moved])
    live.commit()
    (correction,) = changes.corrections
    assert correction.from_story_id == stories[ids[2]]
    assert correction.story_id not in stories.values()
    assert [(each.survivor, each.absorbed) for each in changes.merges] == [(stories[ids[3]], correction.story_id)]
    assert {each.article_id for each in story(live, stories[ids[3]]).members} == {*ids[3:], ids[2]}
    assert_sums_are_those_of_the_members(live)


def test_an_article_that_fits_nowhere_any_more_gets_a_story_of_its_own() -> None:
    live = clustering()
    articles = [article(0, number) for number in range(3)]
    story_id = committed(live, articles)[articles[0].article_id]
    changes = live.assign([], [version_of(articles[0], story_id, **like(articles[0], article(3, 0)))])
    live.commit()
    assert changes.merges == []
    assert live.live_stories == 2
    assert story(live, story_id).size == 2
    assert story(live, changes.corrections[0].story_id).size == 1


def test_an_article_alone_in_its_story_keeps_it_until_another_story_turns_out_to_be_the_same() -> None:
    live = clustering()
    alone, others = article(3, 0), [article(1, number) for number in range(3)]
    stories = committed(live, [alone], others)
    changes = live.assign([], [version_of(alone, stories[alone.article_id], title="Another matter entirely")])
    live.commit()
    assert changes.corrections[0].story_id == stories[alone.article_id]
    assert changes.merges == []
    same_now = version_of(alone, stories[alone.article_id], **like(alone, article(1, 7)))
    changes = live.assign([], [same_now])
    assert [each.absorbed for each in changes.merges] == [stories[alone.article_id]]


def test_a_reprint_that_was_rewritten_is_none_any_more_and_an_original_does_not_become_one() -> None:
    live = clustering()
    original, reprint = article(0, 0, text=BODY), article(0, 1, text=BODY)
    story_id = committed(live, [original, reprint])[original.article_id]
    changes = live.assign(
        [],
        [
            version_of(original, story_id, text=f"{BODY} and more"),
            version_of(reprint, story_id, text=f"{BODY} and more"),
        ],
    )
    live.commit()
    assert [each.original_id for each in changes.corrections] == [None, original.article_id]
    assert [each.reprint for each in story(live, story_id).members] == [False, True]
    rewritten = " ".join(reversed(BODY.split()))
    changes = live.assign([], [version_of(reprint, story_id, text=rewritten)])
    live.commit()
    assert changes.corrections[0].original_id is None
    assert [each.reprint for each in story(live, story_id).members] == [False, False]


def test_a_version_of_an_article_in_a_closed_story_changes_nothing_that_decides() -> None:
    live = clustering()
    before = live.snapshot()
    closed = NewVersion(article(0, 0), "closed-story", version=2, original_id="its-original")
    changes = live.assign([], [closed], [Withdrawal("other", "closed-story")])
    live.commit()
    (correction,) = changes.corrections
    assert (correction.story_id, correction.original_id) == ("closed-story", "its-original")
    assert not changes.empty
    assert same(live.snapshot(), before)


def test_a_withdrawn_article_leaves_its_story() -> None:
    live = clustering()
    articles = [article(0, number) for number in range(3)]
    story_id = committed(live, articles)[articles[0].article_id]
    changes = live.assign([], [], [Withdrawal(articles[0].article_id, story_id)])
    live.commit()
    assert changes.closed == []
    assert {each.article_id for each in story(live, story_id).members} == {a.article_id for a in articles[1:]}
    assert_sums_are_those_of_the_members(live)


def test_a_withdrawal_from_a_story_that_is_gone_hides_none_behind_it() -> None:
    live = clustering()
    articles = [article(0, number) for number in range(2)]
    story_id = committed(live, articles)[articles[0].article_id]
    live.assign(
        [], [], [Withdrawal("x", "gone"), Withdrawal("y", None), Withdrawal(articles[0].article_id, story_id)]
    )
    live.commit()
    assert [each.article_id for each in story(live, story_id).members] == [articles[1].article_id]


def test_a_story_whose_articles_are_all_withdrawn_is_closed_and_gets_no_more() -> None:
    live = clustering()
    articles = [article(0, number) for number in range(2)]
    story_id = committed(live, articles)[articles[0].article_id]
    gone = [Withdrawal(each.article_id, story_id) for each in articles]
    changes = live.assign([article(0, 5)], [], gone)
    live.commit()
    assert changes.closed == [story_id]
    assert changes.assignments[0].story_id != story_id
    assert story_id not in changes.states


@pytest.mark.parametrize("withdrawn", [True, False])
def test_the_mean_stands_for_a_vector_that_a_large_story_did_not_keep(withdrawn: bool) -> None:
    live = clustering(max_members=4)
    articles = [article(0, number) for number in range(10)]
    story_id = committed(live, articles)[articles[0].article_id]
    before = story(live, story_id)
    forgotten = next(each for each in articles if each.article_id not in {m.article_id for m in before.members})
    if withdrawn:
        live.assign([], [], [Withdrawal(forgotten.article_id, story_id)])
    else:
        live.assign([], [version_of(forgotten, story_id, vector=article(0, 70).vector)])
    after = story(live, story_id)
    assert after.size == (9 if withdrawn else 10)
    assert [each.article_id for each in after.members] == [each.article_id for each in before.members]
    assert float(after.centroid @ before.centroid) > 0.999
    np.testing.assert_allclose(
        np.linalg.norm(after.total) / after.size, np.linalg.norm(before.total) / before.size, rtol=0.01
    )


def test_a_follower_that_applies_new_versions_holds_what_the_leader_holds() -> None:
    leader, follower = clustering(), clustering()
    articles = [article(topic, number) for topic in range(3) for number in range(2)]
    ids = [each.article_id for each in articles]
    stories = committed(leader, articles)
    follower.load(leader.snapshot())
    moved = version_of(articles[0], stories[ids[0]], **like(articles[0], article(1, 7)))
    withdrawn = [Withdrawal(each, stories[each]) for each in ids[4:]]
    changes = leader.assign([article(3, 0)], [moved], withdrawn)
    leader.commit()
    assert changes.closed == [stories[ids[4]]]
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


@pytest.mark.parametrize("earlier", [False, True])
def test_a_version_that_repeats_an_article_of_another_story_is_doubted_there_and_no_reprint_of_its_own(
    monkeypatch: pytest.MonkeyPatch, earlier: bool
) -> None:
    live = clustering()
    articles = [article(0, number) for number in range(3)]
    other = article(1, 0, text=BODY)
    stories = committed(live, *(([other], articles) if earlier else (articles, [other])))
    monkeypatch.setattr(live._candidates, "ranked", lambda *_: [])
    here, there = stories[articles[2].article_id], stories[other.article_id]
    version = version_of(articles[2], here, text=BODY, **like(articles[2], other))
    doubts: set[StoryPair] = set()
    correction = live._versions.correct(version, live._idf(), doubts)
    assert correction.original_id is None
    assert correction.story_id not in (here, there)
    assert doubts == {story_pair(correction.story_id, there)}
    assert [each.reprint for each in live._replica.stories[correction.story_id].members] == [False]


def test_only_the_likeliest_other_story_is_one_that_a_version_may_belong_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live = clustering()
    bound = MODEL.join_threshold

    def elsewhere(*ranked: tuple[str, float]) -> list[str]:
        found = [Candidate(*each) for each in ranked]
        monkeypatch.setattr(live._candidates, "ranked", lambda *_: found)
        return list(live._versions._elsewhere(member("x"), None, "own", live._idf()))

    assert elsewhere(("a", bound), ("b", bound)) == ["a"]
    assert elsewhere(("own", 1.0), ("b", 1.0)) == []
    assert elsewhere(("a", bound - 0.01)) == []
    assert elsewhere() == []


def test_a_forgotten_article_that_leaves_is_placed_no_more_and_an_undated_story_stays_undated() -> None:
    large = replace(made_story(member("x"), member("y")), size=5, notes=DeskNotes(placed=frozenset(("gone", "x"))))
    rest = left(large, "gone")
    assert rest is not None
    assert (rest.size, rest.notes.placed) == (4, frozenset({"x"}))
    rest = left(large, "x")
    assert rest is not None
    assert (rest.size, rest.notes.placed) == (4, frozenset({"gone"}))
    assert exchanged(large, member("gone")).last_at is None


def test_an_article_that_comes_back_opens_the_story_that_it_names() -> None:
    live = clustering()
    changes = live.assign([replace(article(0, 0), opens="another-id")])
    assert changes.assignments[0].story_id == "another-id"
