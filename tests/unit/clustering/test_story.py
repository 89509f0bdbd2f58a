"""A live story: what it keeps, and its sums when members come, leave and change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.domain.clustering.exchange import exchanged, left
from pipeline.domain.clustering.notes import DeskNotes
from pipeline.domain.clustering.story import LiveStory, joined, kept, merged, of_members, unit_vector, without
from tests.unit.clustering.made import member, story, terms, vector

FOUR = [member(each, (float(at), 1.0), sequence=at, published_at=10.0 * at) for at, each in enumerate("abcd")]


def large(*ids: str, total: tuple[float, float] = (20.0, 10.0), size: int = 10) -> LiveStory:
    """A story that has forgotten all but these."""
    members = tuple(each for each in FOUR if each.article_id in ids)
    return LiveStory("s", members, vector(*total), size, 70.0, 9, 5.0)


def ids(one: LiveStory) -> list[str]:
    return [each.article_id for each in one.members]


def test_members_that_join_move_the_sums_and_the_clock() -> None:
    made = of_members("s", tuple(FOUR))
    assert (made.size, made.total.tolist(), made.last_at, made.last_sequence) == (4, [6.0, 4.0], 30.0, 3)
    late = joined(made, member("e", (0.0, 1.0), sequence=1, published_at=5.0, arrived_at=8.0), 12)
    assert (late.size, late.last_at, late.last_sequence, late.last_arrival) == (5, 30.0, 3, 8.0)
    assert joined(late, member("f", published_at=None), 12).last_at == 30.0


def test_the_first_quarter_and_the_latest_are_kept() -> None:
    many = tuple(member(str(each)) for each in range(20))
    assert [each.article_id for each in kept(many, 8)] == ["0", "1", *map(str, range(14, 20))]
    assert kept(many[:8], 8) == many[:8]
    assert [each.article_id for each in kept(many, 2)] == ["0", "19"]


def test_merged_stories_add_up_in_order_of_arrival() -> None:
    one, other = story(FOUR[0], FOUR[3]), story(FOUR[1], FOUR[2], story_id="t")
    both = merged(one, other, 12)
    assert (both.story_id, ids(both), both.size, both.total.tolist()) == ("s", list("abcd"), 4, [6.0, 4.0])
    assert (both.last_at, both.last_sequence) == (30.0, 3)
    assert (merged(other, one, 12).last_at, merged(other, one, 12).last_sequence) == (30.0, 3)
    assert ids(merged(one, other, 2)) == ["a", "d"]


def test_merged_stories_that_forgot_members_keep_the_sums_and_the_latest_times_of_both() -> None:
    fresh = replace(story(FOUR[2], FOUR[3], story_id="t"), last_arrival=8.0)
    for size in (10, 6):
        forgetful = replace(large("a", "b", size=size), notes=DeskNotes(pinned=True))
        for one, other in ((forgetful, fresh), (fresh, forgetful)):
            check_merged(one, other, size + 2)


def check_merged(one: LiveStory, other: LiveStory, size: int) -> None:
    both = merged(one, other, 12)
    assert (both.story_id, ids(both), both.size) == (one.story_id, list("abcd"), size)
    assert both.total.tolist() == [20.0 + 2 + 3, 10.0 + 2]
    assert (both.last_at, both.last_sequence, both.last_arrival) == (70.0, 9, 8.0)
    assert both.notes.pinned


def test_a_story_that_forgot_nothing_is_made_anew_when_members_leave() -> None:
    rest = without(story(*FOUR), frozenset("bd"))
    assert (ids(rest), rest.size, rest.total.tolist()) == (["a", "c"], 2, [2.0, 2.0])
    assert (rest.last_at, rest.last_sequence) == (20.0, 2)


def test_a_story_that_forgot_members_keeps_their_sums_when_others_leave() -> None:
    rest = without(large("a", "b", "c"), frozenset("bc"))
    assert (rest.story_id, ids(rest), rest.size) == ("s", ["a"], 8)
    assert rest.total.tolist() == [20.0 - 1 - 2, 10.0 - 2]
    assert rest.total.dtype == np.float32
    assert (rest.last_at, rest.last_sequence, rest.last_arrival) == (70.0, 9, 5.0)


def test_an_article_that_was_not_kept_leaves_as_the_storys_mean() -> None:
    rest = left(large("a", "b"), "z")
    assert rest is not None
    assert (ids(rest), rest.size, rest.total.tolist()) == (["a", "b"], 9, [18.0, 9.0])
    assert left(story(FOUR[0]), "a") is None
    kept_one = left(story(*FOUR[:2]), "a")
    assert kept_one is not None
    assert ids(kept_one) == ["b"]


def test_a_version_takes_the_place_of_the_one_before() -> None:
    small = exchanged(story(*FOUR[:2]), member("b", (5.0, 5.0), sequence=1, published_at=90.0))
    assert (ids(small), small.total.tolist(), small.size, small.last_at) == (["a", "b"], [5.0, 6.0], 2, 90.0)
    known = exchanged(large("a", "b"), member("b", (5.0, 5.0), published_at=90.0))
    assert (known.total.tolist(), known.size, known.last_at) == ([20.0 - 1 + 5, 10.0 - 1 + 5], 10, 90.0)
    assert known.members[1].vector.tolist() == [5.0, 5.0]
    forgotten = exchanged(large("a", "b"), member("z", (5.0, 5.0)))
    assert (forgotten.total.tolist(), ids(forgotten), forgotten.last_at) == ([23.0, 14.0], ["a", "b"], 70.0)


def test_what_is_derived_of_the_members() -> None:
    one = story(
        member("a", (3.0, 0.0), published_at=None, issue=True, language="en", terms=terms([1, 2])),
        member("b", (0.0, 4.0), published_at=7.0, language="en", terms=terms([2, 3])),
        member("c", (0.0, 0.0), published_at=5.0, language="pt", terms=terms([9])),
    )
    assert one.centroid.tolist() == pytest.approx([0.6, 0.8])
    assert one.first_at == 5.0
    assert not one.is_issue
    assert story(*one.members[:2]).is_issue
    assert {each: found.tolist() for each, found in one.terms_by_language.items()} == {"en": [1, 2, 3], "pt": [9]}
    assert story(member("a")).first_at is None


def test_a_vector_of_any_length_has_a_direction() -> None:
    assert unit_vector(np.array([0.3, 0.4], np.float32)).tolist() == pytest.approx([0.6, 0.8])
    assert unit_vector(np.array([3.0, 4.0], np.float32)).tolist() == pytest.approx([0.6, 0.8])
    assert unit_vector(np.zeros(2, np.float32)).tolist() == [0.0, 0.0]


def test_the_latest_date_is_that_of_the_member_that_joins_where_it_is_later() -> None:
    assert joined(story(FOUR[0]), FOUR[3], 12).last_at == 30.0
    assert joined(large("a"), FOUR[3], 2).last_at == 70.0
