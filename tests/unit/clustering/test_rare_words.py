"""Stories are found by two rare words of a headline, whatever came, went and was undone before."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.rare_words import ASKED, FOUND, KEPT, MOST, RareWords
from pipeline.domain.clustering.terms import TITLE, Terms
from pipeline.domain.clustering.types import TERM_BUCKETS
from tests.unit.clustering.made import member, story, terms
from tests.unit.clustering.steps import live_through

WORDS = 14
SHARES = np.zeros(TERM_BUCKETS, dtype=np.float32)
SHARES[: WORDS // 2] = 0.5 - np.arange(WORDS // 2) / 100
"""The first are common; the others equally rare."""


def following() -> LiveStories:
    live = LiveStories()
    live.index.rare = RareWords(live.stories, SHARES)
    return live


def read(live: LiveStories, *, backwards: bool) -> LiveStories:
    """What another process has that read these stories in this order."""
    snapshot = live.snapshot()
    ids = sorted(snapshot.states, reverse=backwards)
    loaded = following()
    loaded.stories.load({each: snapshot.states[each] for each in ids})
    loaded.index.rare = RareWords(loaded.stories, SHARES)
    if ids:
        loaded.index.rare.read([loaded.stories.row(each) for each in ids])
    return loaded


def found(live: LiveStories, *title: int) -> list[str]:
    assert live.index.rare is not None
    return sorted(live.stories.id_at(row) for row in live.index.rare.found(terms(title=title)))


def pairs(of: Terms, count: int) -> set[tuple[int, int]]:
    words = sorted(of.marked(TITLE).tolist(), key=lambda each: (SHARES[each], each))
    return set(combinations(sorted(words[:count]), 2))


def by_looking_at_all(live: LiveStories, *title: int) -> list[str]:
    """What shares most pairs, each of which few members have."""
    asked = pairs(terms(title=title), ASKED)
    having = Counter(dict.fromkeys(asked, 0))
    own: dict[str, set[tuple[int, int]]] = {}
    for each in live.stories.values():
        kept = [pairs(one.terms, KEPT) & asked for one in each.members if not (one.reprint or one.issue)]
        having.update(pair for one in kept for pair in one)
        own[each.story_id] = {pair for one in kept for pair in one}
    shared = {name: sum(having[pair] <= MOST for pair in of) for name, of in own.items()}
    best = sorted((name for name, count in shared.items() if count), key=lambda name: (-shared[name], name))
    return sorted(best[:FOUND])


TITLES = st.lists(st.integers(0, WORDS - 1), max_size=ASKED + 2, unique=True)


@st.composite
def members(draw: st.DrawFn, name: str) -> LiveMember:
    title, body = draw(TITLES), draw(st.lists(st.integers(0, WORDS - 1), max_size=3, unique=True))
    reprint, issue = draw(st.sampled_from([(False, False), (False, False), (True, False), (False, True)]))
    return member(name, terms=terms(body, title=title), reprint=reprint, issue=issue)


@settings(max_examples=60)
@given(st.data())
def test_what_is_found_is_what_a_look_at_all_stories_finds_whatever_was_undone_or_read_anew(
    data: st.DataObject,
) -> None:
    live = following()
    live_through(live, data, members, most=10, names="abcd")
    live.commit()
    title = data.draw(TITLES)
    expected = by_looking_at_all(live, *title)
    assert found(live, *title) == expected
    assert found(read(live, backwards=False), *title) == expected
    assert found(read(live, backwards=True), *title) == expected


def test_a_story_that_went_is_not_found_by_its_words_any_more() -> None:
    live = following()
    live.put(story(member("a", terms=terms(title=[8, 9])), story_id="a"))
    live.put(story(member("b", terms=terms(title=[8, 9])), story_id="b"))
    live.commit()
    assert found(live, 8, 9) == ["a", "b"]
    live.remove("a")
    assert found(live, 8, 9) == ["b"]
    live.rollback()
    assert found(live, 8, 9) == ["a", "b"]


def test_one_word_that_is_shared_is_not_enough() -> None:
    live = following()
    live.put(story(member("a", terms=terms(title=[8, 9])), story_id="a"))
    assert found(live, 8, 10) == []


def test_words_that_many_headlines_have_find_nothing_until_fewer_have_them() -> None:
    live = following()
    for number in range(MOST + 1):
        live.put(story(member(f"{number:02}", terms=terms(title=[8, 9])), story_id=f"{number:02}"))
    live.put(story(member("rare", terms=terms(title=[8, 9, 10])), story_id="rare"))
    assert found(live, 8, 9, 10) == ["rare"]
    live.remove("00")
    live.remove("01")
    assert len(found(live, 8, 9, 10)) == FOUND


def test_no_more_are_found_than_the_bound_and_those_that_share_most_are_among_them() -> None:
    live = following()
    for number in range(FOUND + 5):
        live.put(story(member(f"{number:02}", terms=terms(title=[8, 9])), story_id=f"{number:02}"))
    live.put(story(member("z", terms=terms(title=[8, 9, 10])), story_id="z"))
    assert found(live, 8, 9, 10) == [*(f"{number:02}" for number in range(FOUND - 1)), "z"]


def test_a_story_is_found_by_the_rarest_words_of_a_long_headline() -> None:
    live = following()
    live.put(story(member("a", terms=terms(title=range(WORDS))), story_id="a"))
    assert found(live, *range(WORDS // 2)) == []
    assert found(live, WORDS // 2, WORDS // 2 + 1) == ["a"]
