"""A desk's corrections of stories that are too large to keep all of their articles, and what their hints say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from pipeline.domain.clustering.desk import (
    MAX_MEMBERS,
    Action,
    NothingToDoError,
    Order,
    OrderRefusedError,
    corrected,
    forgotten,
)
from pipeline.domain.clustering.hints import cohesion
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.notes import DeskNotes, side
from pipeline.domain.clustering.packed_vectors import rounded
from pipeline.domain.clustering.story import LiveStory, joined, opened
from pipeline.domain.clustering.story_codec import decode_story
from pipeline.domain.clustering.topics import TopicHead
from pipeline.domain.clustering.types import Changes
from tests.unit.clustering.made import member, story, vector

TOKEN = "0badcafe"
LARGE = 30


def one_of_many(number: int) -> LiveMember:
    values = rounded(vector(1.0, number / 10))
    return replace(member(f"{number:02}", sequence=number), vector=rounded(values / np.linalg.norm(values)))


MANY = [one_of_many(number) for number in range(LARGE)]


def large() -> LiveStory:
    """Of thirty articles, of which twelve are kept: 00 to 02 and 21 to 29."""
    made = opened("s", MANY[0])
    for each in MANY[1:]:
        made = joined(made, each, MAX_MEMBERS)
    return made


KEPT = tuple(each.article_id for each in large().members)


def ids(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{each:02}" for each in numbers)


def after(order: Order, *stories: LiveStory, remembered: Sequence[str] = ()) -> dict[str, LiveStory]:
    """The stories that the correction leaves."""
    known = {each.article_id: each for each in MANY if each.article_id in remembered}
    changes = corrected(order, {each.story_id: each for each in stories}, known, {}, None)
    return {story_id: decode_story(state) for story_id, state in changes.states.items()}


def check(found: LiveStory, story_id: str, size: int, total: np.ndarray) -> None:
    assert (found.story_id, found.size) == (story_id, size)
    np.testing.assert_allclose(found.total, total, atol=1e-4)


def sums(*article_ids: str) -> np.ndarray:
    total: np.ndarray = np.sum([each.vector for each in MANY if each.article_id in article_ids], axis=0)
    return total


def test_articles_that_their_story_does_not_keep_are_read_anew_and_no_others() -> None:
    stories = {"s": large(), "t": story(member("x"), story_id="t")}
    staying = [f"stays {number}" for number in range(20)]
    assert forgotten(Order(Action.SPLIT, "s", "t", ids(0, 5, 25)), stories, staying) == ["05"]
    assert forgotten(Order(Action.MOVE, "t", "s", ids(0, 6)), stories, staying) == ["06"]
    assert forgotten(Order(Action.MERGE, "s", "t"), stories, staying) == []
    newest = staying[-MAX_MEMBERS:]
    assert forgotten(Order(Action.SPLIT, "s", "t", KEPT), stories, staying) == newest
    assert forgotten(Order(Action.SPLIT, "s", "t", (*KEPT, "05")), stories, staying) == ["05", *newest]


def test_a_split_takes_forgotten_articles_with_their_vectors_and_places_them() -> None:
    leaving = ids(25, 5)
    found = after(Order(Action.SPLIT, "s", "new", leaving, TOKEN), large(), remembered=ids(5))
    check(found["new"], "new", 2, sums(*leaving))
    assert [each.article_id for each in found["new"].members] == ["05", "25"], "in order of arrival"
    check(found["s"], "s", LARGE - 2, large().total - sums(*leaving))
    assert [each.article_id for each in found["s"].members] == [each for each in KEPT if each != "25"]
    assert found["new"].notes == DeskNotes(sides=frozenset((side(TOKEN, second=True),)), placed=frozenset(leaving))
    assert found["s"].notes == DeskNotes(sides=frozenset((side(TOKEN, second=False),)))


def test_a_story_all_of_whose_kept_articles_leave_keeps_others_that_were_read_anew() -> None:
    stays = ids(19, 20, 18)
    found = after(Order(Action.SPLIT, "s", "new", (*KEPT, "05"), TOKEN), large(), remembered=(*stays, "05"))
    assert [each.article_id for each in found["s"].members] == ["18", "19", "20"]
    check(found["s"], "s", LARGE - MAX_MEMBERS - 1, large().total - sums(*KEPT, "05"))
    check(found["new"], "new", MAX_MEMBERS + 1, sums(*KEPT, "05"))
    assert len(found["new"].members) == MAX_MEMBERS, "no more are kept than of any story"


def test_where_an_article_was_placed_it_is_no_more_once_it_left() -> None:
    placed = replace(large(), notes=DeskNotes(placed=frozenset(ids(5, 6))))
    found = after(Order(Action.SPLIT, "s", "new", ids(5), TOKEN), placed, remembered=ids(5))
    assert found["s"].notes.placed == {"06"}


def test_a_move_parts_the_stories_unless_they_are_parted_already() -> None:
    target = story(member("x", sequence=99), member("y", sequence=100), story_id="t")
    order = Order(Action.MOVE, "t", "s", ids(5, 25), TOKEN)
    found = after(order, target, large(), remembered=ids(5))
    check(found["t"], "t", 4, target.total + sums("05", "25"))
    check(found["s"], "s", LARGE - 2, large().total - sums("05", "25"))
    assert found["t"].notes.sides == {side(TOKEN, second=True)}
    assert found["t"].notes.placed == {"05", "25"}
    assert found["s"].notes.sides == {side(TOKEN, second=False)}
    before = [replace(each, notes=DeskNotes(sides=frozenset((side("1" * 8, second=second),))))
              for each, second in ((target, True), (large(), False))]  # fmt: skip
    found = after(order, *before, remembered=ids(5))
    assert [found[each].notes.sides for each in "ts"] == [each.notes.sides for each in before]
    third = [replace(each, notes=DeskNotes(sides=frozenset((side(token, second=True),))))
             for each, token in ((target, "1" * 8), (large(), "2" * 8))]  # fmt: skip
    found = after(order, *third, remembered=ids(5))
    assert found["t"].notes.sides == {side("1" * 8, second=True), side(TOKEN, second=True)}
    assert found["s"].notes.sides == {side("2" * 8, second=True), side(TOKEN, second=False)}


def test_a_split_of_all_articles_is_refused() -> None:
    small = story(member("x"), member("y"), story_id="t")
    with pytest.raises(OrderRefusedError, match=r"^these are all articles of story t"):
        after(Order(Action.SPLIT, "t", "new", ("x", "y"), TOKEN), small)


@pytest.mark.parametrize("hidden", ["s", "t"])
def test_a_hidden_story_is_merged_with_no_shown_one_and_told_by_name(hidden: str) -> None:
    pair = [story(member(name), story_id=name) for name in "st"]
    pair = [replace(each, notes=DeskNotes(hidden=each.story_id == hidden)) for each in pair]
    with pytest.raises(OrderRefusedError, match=rf"^story {hidden} is hidden and the other one is not"):
        after(Order(Action.MERGE, "s", "t"), *pair)


@pytest.mark.parametrize(
    ("action", "notes", "said"),
    [
        (Action.HIDE, DeskNotes(hidden=True), "already hidden"),
        (Action.UNHIDE, DeskNotes(), "not hidden"),
        (Action.PIN, DeskNotes(pinned=True), "already pinned"),
        (Action.UNPIN, DeskNotes(), "not pinned"),
    ],
)
def test_a_mark_that_changes_nothing_is_told_in_its_words(action: Action, notes: DeskNotes, said: str) -> None:
    with pytest.raises(NothingToDoError, match=rf"^story s is {said}$"):
        after(Order(action, "s"), replace(story(member("x")), notes=notes))


def hints(order: Order, *stories: LiveStory, related: dict[str, tuple[str, ...]]) -> Changes:
    head = TopicHead(("15000000",), vector(8.0, 0.0)[None], vector(-2.0), 0.5)
    return corrected(order, {each.story_id: each for each in stories}, {}, related, head)


def test_hints_are_those_of_what_the_stories_are_now() -> None:
    one, other = story(member("x"), member("y", (0.6, 0.8)), story_id="s"), story(member("z"), story_id="t")
    changes = hints(Order(Action.MERGE, "s", "t"), one, other, related={"s": ("u", "t", "s", "v")})
    assert set(changes.hints) == {"s"}
    assert changes.hints["s"].related == ("u", "v"), "neither itself nor what it absorbed"
    assert changes.hints["s"].cohesion == pytest.approx(cohesion(decode_story(changes.states["s"])), abs=0.01)
    assert [each.code for each in changes.hints["s"].topics] == ["15000000"]
    changes = hints(Order(Action.SPLIT, "s", "n", ("y",), TOKEN), one, related={"s": ("u",)})
    assert {each: hint.related for each, hint in changes.hints.items()} == {"s": ("u",), "n": ("s",)}
