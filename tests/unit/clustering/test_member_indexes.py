"""The indexes of members find what looking at every member of every story finds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.clustering import live_stories
from pipeline.domain.clustering.columns import is_next_issue
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.reprints import HASHES, SAME_TEXT, Signature, similarity
from pipeline.domain.clustering.story_codec import encode_story
from pipeline.domain.clustering.templates import TOLD, Template, told
from pipeline.domain.clustering.types import LiveStoriesDelta
from tests.unit.clustering.made import idf, member, story
from tests.unit.clustering.steps import live_through

DAY_S = 86_400.0
IDF = idf()


def text(number: int) -> Signature:
    """One of a few bodies; each shares its first half with the next."""
    halves = np.repeat(np.array([100 * (number // 2), 1_000 * number], dtype=np.uint32), HASHES // 2)
    return (halves + np.arange(HASHES)).astype(np.uint32)


@st.composite
def members(draw: st.DrawFn, name: str) -> LiveMember:
    return member(
        name,
        sequence=draw(st.integers(0, 9)),
        signature=text(draw(st.integers(0, 3))),
        reprint=draw(st.booleans()),
        forms=tuple(draw(st.lists(st.integers(1, 3), max_size=2))),
        published_at=draw(st.none() | st.sampled_from([0.0, DAY_S, 2 * DAY_S])),
        template=Template(draw(st.integers(0, 2)), tuple(draw(st.sets(st.integers(1, 4), max_size=2)))),
    )


@settings(max_examples=30)
@given(st.data())
def test_indexes_find_what_a_look_at_all_members_finds_whatever_was_undone(
    data: st.DataObject,
) -> None:
    live = LiveStories()
    live_through(live, data, members, most=8, names="abc")
    loaded = LiveStories()
    loaded.load(live.snapshot())
    asked = data.draw(members("asked"))
    _check_found(live, asked)
    _check_found(loaded, asked)


def test_a_reprint_is_no_original_whatever_else_its_story_has() -> None:
    live = LiveStories()
    live.put(story(member("a", signature=text(0)), member("b", signature=text(1), reprint=True)))
    assert live.reprints.original_of(text(1)) is None


def test_a_form_of_the_day_before_is_that_of_a_column() -> None:
    live, day = LiveStories(), 20_000 * DAY_S
    live.put(story(member("a", forms=(7,), published_at=day)))
    assert live.columns.is_issue((7,), day + DAY_S)
    assert not live.columns.is_issue((7,), day + 100 * DAY_S)


@pytest.mark.parametrize(("names", "others"), [((1,), (1, 2)), ((1, 2), (1,)), ((1,), (1,))])
def test_a_headline_that_tells_more_names_of_the_same_is_not_filled_otherwise(
    names: tuple[int, ...], others: tuple[int, ...]
) -> None:
    live = LiveStories()
    live.put(story(member("a", template=Template(9, others))))
    assert not live.templates.is_filled_otherwise(Template(9, names), IDF)
    assert live.templates.is_filled_otherwise(Template(9, (3,)), IDF)


def test_what_is_loaded_in_portions_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_stories, "_LOADED_AT_ONCE", 2)
    live, loaded = LiveStories(), LiveStories()
    for number in range(5):
        live.put(story(member(f"a{number}", signature=text(2 * number)), story_id=f"s{number}"))
    loaded.load(live.snapshot())
    for number in range(5):
        assert loaded.reprints.original_of(text(2 * number)) is not None
        loaded.remove(f"s{number}")
    loaded.commit()
    assert [loaded.reprints.original_of(text(2 * number)) for number in range(5)] == [None] * 5


def test_what_was_replaced_or_removed_is_asked_for_no_more() -> None:
    def reprint(number: int) -> LiveMember:
        return member("b", signature=text(number), reprint=True)

    def follow(live: LiveStories, state: bytes | None) -> None:
        live.apply(LiveStoriesDelta({"s": state}, term_counts={}, term_table=None, language_means=b""))

    live = LiveStories()
    for number in (0, 2):
        follow(live, encode_story(story(member("a", signature=text(number)), reprint(number))))
    loaded = LiveStories()
    loaded.load(live.snapshot())
    for each in (live, loaded):
        assert each.reprints.original_of(text(2)) is not None
        follow(each, None)
        assert [each.reprints.original_of(text(number)) for number in (0, 2)] == [None, None]


def _check_found(live: LiveStories, asked: LiveMember) -> None:
    original = live.reprints.original_of(asked.signature)
    assert (original and (original.member.article_id, original.story_id)) == _original(live, asked)
    assert live.columns.is_issue(asked.forms, asked.published_at) == _is_issue(live, asked)
    assert live.templates.is_filled_otherwise(asked.template, IDF) == _is_filled_otherwise(live, asked)


def _all(live: LiveStories) -> Iterator[tuple[LiveMember, str]]:
    return ((each, found.story_id) for found in live.stories.values() for each in found.members)


def _original(live: LiveStories, asked: LiveMember) -> tuple[str, str] | None:
    scores = [
        (-similarity(asked.signature, each.signature), each.sequence, each.article_id, story_id)
        for each, story_id in _all(live)
        if not each.reprint
    ]
    best = min(scores, default=None)
    return best[2:] if best is not None and -best[0] >= SAME_TEXT else None


def _is_issue(live: LiveStories, asked: LiveMember) -> bool:
    return any(
        is_next_issue(at, abs(asked.published_at - each.published_at))
        for each, _ in _all(live)
        for at, form in enumerate(asked.forms)
        if form in each.forms and each.published_at is not None and asked.published_at is not None
    )


def _is_filled_otherwise(live: LiveStories, asked: LiveMember) -> bool:
    own = asked.template
    return any(
        told(own.names, np.array(each.template.names), IDF) < TOLD
        and told(each.template.names, np.array(own.names), IDF) < TOLD
        for each, _ in _all(live)
        if own.pattern and own.pattern == each.template.pattern
    )
