"""Many states read at once say what each of them says alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.clustering.state_error import StateError
from pipeline.domain.clustering.story import LiveStory, of_members
from pipeline.domain.clustering.story_codec import decode_story, encode_story
from pipeline.domain.clustering.story_columns import MemberColumns, read_centroids, read_columns, read_titles
from pipeline.domain.clustering.terms import TITLE
from tests.unit.clustering.drawn import members, stories
from tests.unit.clustering.made import member, story

KEPT = st.lists(members(), min_size=1, max_size=3).map(tuple)
LISTS = st.lists(stories() | st.builds(of_members, st.just("s"), KEPT), min_size=1, max_size=5)


def states_of(listed: Sequence[LiveStory]) -> list[bytes]:
    return [encode_story(each) for each in listed]


@given(LISTS)
def test_columns_of_stories_are_what_the_stories_say(listed: list[LiveStory]) -> None:
    columns = read_columns(states_of(listed))
    assert columns.last_sequence.tolist() == [each.last_sequence for each in listed]
    said = [None if np.isnan(each) else each for each in columns.last_at.tolist()]
    assert said == [each.last_at for each in listed]
    gray = [each.size > 1 and any(member.gray for member in each.members) for each in listed]
    assert columns.gray.tolist() == gray


def test_a_story_that_forgot_all_but_a_doubtful_article_is_doubtful() -> None:
    assert read_columns([]).gray.tolist() == read_columns([]).members.story.tolist() == []
    alone = story(member("a", gray=True))
    assert read_columns(states_of([alone, replace(alone, size=2)])).gray.tolist() == [False, True]


@given(LISTS)
def test_columns_of_members_are_what_the_members_say(listed: list[LiveStory]) -> None:
    said = [_said(at, each) for at, story in enumerate(listed) for each in story.members]
    assert sorted(_read(read_columns(states_of(listed)).members)) == sorted(said)


def _said(at: int, each: Any) -> tuple[object, ...]:
    date = -1.0 if each.published_at is None else each.published_at
    signature = each.signature.tolist()
    return (at, each.gray, each.reprint, date, each.template.pattern, list(each.forms), signature)


def _read(columns: MemberColumns) -> list[tuple[object, ...]]:
    signatures = dict(zip(columns.signed.tolist(), columns.signatures.tolist(), strict=True))
    return [
        (
            int(columns.story[at]),
            bool(columns.gray[at]),
            bool(columns.reprint[at]),
            float(np.nan_to_num(columns.published_at[at], nan=-1.0)),
            int(columns.pattern[at]),
            columns.forms[columns.form_of == at].tolist(),
            signatures.get(at, []),
        )
        for at in range(len(columns.story))
    ]


@given(LISTS)
def test_words_of_titles_are_what_the_members_say_but_for_reprints_and_issues(listed: list[LiveStory]) -> None:
    titles = read_titles(states_of(listed))
    read: dict[int, tuple[int, list[int]]] = {}
    for at, of, term in zip(titles.story.tolist(), titles.member.tolist(), titles.terms.tolist(), strict=True):
        read.setdefault(of, (at, []))[1].append(term)
    said = [
        (at, each.terms.marked(TITLE).tolist())
        for at, story in enumerate(listed)
        for each in story.members
        if not (each.reprint or each.issue)
    ]
    assert sorted(read.values()) == sorted(each for each in said if each[1])


@given(LISTS)
def test_centroids_are_those_of_the_decoded_stories_to_the_last_bit(listed: list[LiveStory]) -> None:
    states = states_of(listed)
    assert np.array_equal(read_centroids(states), np.stack([decode_story(each).centroid for each in states]))


def test_of_many_states_the_one_that_can_not_be_read_is_told() -> None:
    states = states_of([story(member("a")), story(member("b"))])
    for damaged in (states[1][:-1], states[1][:9], b"\x07" + states[1][1:], states[1] + b"\0"):
        for read in (read_columns, read_centroids, read_titles):
            with pytest.raises(StateError, match="story state of "):
                read([states[0], damaged])


def test_states_with_vectors_of_several_sizes_are_refused() -> None:
    states = states_of([story(member("a")), story(member("b", (1.0, 0.0, 0.0)))])
    with pytest.raises(StateError, match="2 story states can't be read"):
        read_columns(states)
