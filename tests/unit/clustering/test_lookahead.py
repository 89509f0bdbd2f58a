"""What is computed for a batch at once is what would be computed for each article alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.clustering import ClusteringSettings
from pipeline.domain.clustering.candidates import Candidates, Visit, _means
from pipeline.domain.clustering.changed_stories import ChangedStories
from pipeline.domain.clustering.join import JoinScorer
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.story import joined
from tests.unit.clustering.helpers import MODEL
from tests.unit.clustering.made import idf, member, story, terms

WORDS = st.dictionaries(st.integers(1, 12), st.sampled_from([1.0, 1.5, 2.0]), max_size=6)
ANGLES = st.floats(0.0, 3.0, width=16)


@st.composite
def members(draw: st.DrawFn, name: str) -> LiveMember:
    angle = draw(ANGLES)
    said = terms(draw(WORDS), names=draw(st.lists(st.integers(13, 16), max_size=2)))
    at = draw(st.none() | st.floats(0.0, 1e6))
    return member(name, (np.cos(angle), np.sin(angle)), terms=said, published_at=at, has_body=draw(st.booleans()))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Candidates, LiveStories]:
    replica = LiveStories()
    for at in range(draw(st.integers(1, 6))):
        kept = [draw(members(f"{at}-{number}")) for number in range(draw(st.integers(1, 3)))]
        replica.put(story(*kept, story_id=f"story{at}"))
    replica.commit()
    return Candidates(replica, JoinScorer(MODEL), ClusteringSettings(max_candidates=3)), replica


def test_the_nearest_are_told_as_long_as_enough_of_what_was_looked_up_is_as_it_was() -> None:
    replica = LiveStories()
    for number in range(12):
        angle = 0.1 * number
        replica.put(story(member(f"a{number}", (np.cos(angle), np.sin(angle))), story_id=f"s{number:02}"))
    replica.commit()
    new = member("new")
    looked = Candidates(replica, JoinScorer(MODEL), ClusteringSettings(max_candidates=3)).look_ahead([new], idf())
    assert looked.knows_near(new)
    assert [each.story_id for each in looked.near(new)] == replica.index.nearest([new.vector], 3)[0]
    looked.follow(["s00", "s01", "s02"])
    assert looked.knows_near(new)
    assert [each.story_id for each in looked.near(new)] == replica.index.nearest([new.vector], 3)[0]
    looked.follow(["s03"])
    assert not looked.knows_near(new)


def test_a_story_that_took_an_article_with_its_own_vector_is_looked_at_anew() -> None:
    replica = LiveStories()
    replica.put(story(member("first"), story_id="s"))
    replica.commit()
    taken, new = (member(each, terms=terms([1])) for each in ("taken", "new"))
    candidates = Candidates(replica, JoinScorer(MODEL), ClusteringSettings())
    looked = candidates.look_ahead([taken, new], idf())
    replica.put(joined(replica.stories["s"], taken, 12))
    looked.follow(["s"])
    (near,) = looked.near(new)
    assert near is replica.stories["s"]
    assert candidates.ranked(new, idf(), looked) == candidates.ranked(new, idf())


def test_of_stories_that_changed_those_that_are_gone_or_too_far_are_not_near() -> None:
    replica = LiveStories()
    for name, values in (("near", (1.0, 0.0)), ("far", (0.0, 1.0)), ("gone", (1.0, 0.0))):
        replica.put(story(member(name, values), story_id=name))
    new = member("new")
    changes = ChangedStories(replica, [new])
    changes.follow(["near", "far", "gone"])
    replica.remove("gone")
    assert changes.as_near(new, 0.5) == [(1.0, "near")]


def test_any_number_of_stories_may_change_in_a_batch() -> None:
    replica, new = LiveStories(), member("new")
    changes = ChangedStories(replica, [new])
    names = [f"s{number}" for number in range(200)]
    for name in names:
        replica.put(story(member(name), story_id=name))
        changes.follow([name])
    assert changes.as_near(new, 0.5) == [(1.0, name) for name in names]


def test_a_visit_of_several_members_belongs_by_their_mean() -> None:
    host, one, other = story(member("h")), member("a"), member("b")
    visits = [Visit((one,), "x", host), Visit((one, other, one), "y", host)]
    assert _means(np.array([1.0, 2.0, 3.0, 7.0]), visits).tolist() == [1.0, 4.0]


@given(worlds(), st.lists(members("new"), min_size=1, max_size=4), st.data())
def test_looking_ahead_changes_no_ranking_whatever_the_batch_changes_meanwhile(
    world: tuple[Candidates, LiveStories], articles: list[LiveMember], data: st.DataObject
) -> None:
    candidates, replica = world
    batch = [
        member(f"new{at}", each.vector.tolist(), terms=each.terms, published_at=each.published_at)
        for at, each in enumerate(articles)
    ]
    looked = candidates.look_ahead(batch, idf())
    for each in batch:
        ahead, alone = candidates.ranked(each, idf(), looked), candidates.ranked(each, idf())
        assert [found.story_id for found in ahead] == [found.story_id for found in alone]
        assert [found.probability for found in ahead] == pytest.approx([found.probability for found in alone])
        target = data.draw(st.sampled_from(sorted(replica.stories)))
        if data.draw(st.booleans()):
            replica.put(joined(replica.stories[target], each, 12))
        else:
            target = each.article_id
            replica.put(story(each, story_id=target))
        looked.follow([target])


@given(worlds(), st.data())
def test_no_visit_belongs_more_than_its_bound_says(
    world: tuple[Candidates, LiveStories], data: st.DataObject
) -> None:
    candidates, replica = world
    ids = st.sampled_from(sorted(replica.stories))
    visits = [
        Visit(replica.stories[visitor].members, visitor, replica.stories[host])
        for visitor, host in data.draw(st.lists(st.tuples(ids, ids), min_size=1, max_size=4))
    ]
    exact, bound = candidates.belonging(visits, idf()), candidates.at_most(visits, idf())
    assert (exact <= bound + 1e-9).all()
    singly = [float(candidates.belonging([each], idf())[0]) for each in visits]
    assert exact.tolist() == pytest.approx(singly)


@settings(max_examples=25)
@given(worlds(), st.lists(members("new"), min_size=1, max_size=4), st.data())
def test_what_is_near_an_article_is_known_without_asking_the_index_again(
    world: tuple[Candidates, LiveStories], articles: list[LiveMember], data: st.DataObject
) -> None:
    candidates, replica = world
    batch = [replace(each, article_id=f"new{at}") for at, each in enumerate(articles)]
    looked = candidates.look_ahead(batch, idf())
    changed = data.draw(st.sets(st.sampled_from(sorted(replica.stories)), max_size=3))
    for story_id in changed:
        replica.put(joined(replica.stories[story_id], batch[0], 12))
    looked.follow(changed)
    for each in batch:
        (asked,) = replica.index.scored([each.vector], 3)
        found = [float(near.centroid @ each.vector) for near in looked.near(each)]
        assert not looked.knows_near(each) or found == pytest.approx([near for near, _ in asked], abs=1e-6)


def test_a_visit_is_not_compared_with_its_own_story() -> None:
    replica = LiveStories()
    here, there = member("a", (1.0, 0.0)), member("b", (0.8, 0.6))
    replica.put(story(here, story_id="own"))
    replica.put(story(there, story_id="host"))
    candidates = Candidates(replica, JoinScorer(MODEL), ClusteringSettings())
    visit = Visit((here,), "own", replica.stories["host"])
    alone = candidates.belonging([visit], idf())
    assert alone == candidates.at_most([visit], idf())  # no rival: nothing takes from its margin
    replica.put(story(member("c", (1.0, 0.0)), story_id="rival"))
    assert candidates.belonging([visit], idf()) < alone


def test_the_nearest_rival_is_told_by_its_nearest_member_though_another_lies_nearer_as_a_whole() -> None:
    replica = LiveStories()
    visitor, host = story(member("v"), story_id="visitor"), story(member("h", (0.9, 0.1)), story_id="host")
    whole = story(member("w", (0.8, 0.6)), story_id="whole")
    split = story(member("p", (1.0, 0.0)), member("q", (0.0, 1.0)), story_id="split")
    for each in (visitor, host, whole, split):
        replica.put(each)
    replica.commit()
    candidates = Candidates(replica, JoinScorer(MODEL), ClusteringSettings(max_candidates=3))
    (rival,) = candidates._rivals([Visit(visitor.members, "visitor", host)]).tolist()
    assert rival == pytest.approx(1.0)
