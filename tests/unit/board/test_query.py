"""Filters and orders of the list."""

from __future__ import annotations

from typing import Any

import pytest

from consumers.board.query import Order, StoryQuery
from consumers.board.view import StoryView
from groundswell.record import Entity, Topic
from pipeline.testing.articles import START
from pipeline.testing.outlets import OUTLETS
from pipeline.testing.records import member, some_story, story

LEFT, CENTER, RIGHT, GERMAN, UNRATED = OUTLETS[1], OUTLETS[4], OUTLETS[10], OUTLETS[7], OUTLETS[15]


@pytest.fixture
def view() -> StoryView:
    view = StoryView(100)
    view.apply(story("left", [member(o, "Flood in the valley", START) for o in (OUTLETS[0], LEFT, CENTER)]))
    view.apply(story("right", [member(RIGHT, "Überschwemmung im Tal", START, language="de")]))
    view.apply(story("draw", [member(o, "Élection à Łódź: 東京で地震", START) for o in (LEFT, GERMAN)]))
    view.apply(story("none", [member(UNRATED, "Something else", START)], keywords=["harbour"]))
    return view


def found(view: StoryView, **query: Any) -> set[str]:
    return {card.story_id for card in view.page(StoryQuery(**query), 0, 100).cards}


@pytest.mark.parametrize(
    ("stance", "expected"),
    [
        ("left-leads", {"left"}),
        ("right-leads", {"right"}),
        ("center-leads", set()),
        ("left-covers", {"left", "draw"}),
        ("center-covers", {"left", "draw"}),
        ("right-covers", {"right"}),
    ],
)
def test_a_side_leads_with_more_rated_sources_than_each_other(
    view: StoryView, stance: str, expected: set[str]
) -> None:
    assert found(view, coverage=stance) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("flood", {"left"}),
        ("FLO valley", {"left"}),
        ("lood", set()),
        ("uberschw", {"right"}),
        ("über", {"right"}),
        ("election lodz", {"draw"}),
        ("election", {"draw"}),
        ("地震", {"draw"}),
        ("harb", {"none"}),
        ("flood else", set()),
        ("  ", {"left", "right", "draw", "none"}),
        ("%_'\"; --", {"left", "right", "draw", "none"}),
    ],
)
def test_every_word_must_begin_a_word_of_the_story(view: StoryView, words: str, expected: set[str]) -> None:
    assert found(view, q=words) == expected


def test_language_and_country_are_of_any_member(view: StoryView) -> None:
    assert found(view, language="de") == {"right", "draw"}
    assert found(view, country="DE") == {"draw"}
    assert found(view, language="de", country="DE") == {"draw"}
    assert found(view, language="DE", source_country="de") == {"draw"}, "codes are written either way"


def test_blank_fields_of_a_form_filter_nothing(view: StoryView) -> None:
    assert len(found(view, q="", language="", country=" ", coverage="", blindspot="", sort="")) == 4


def test_blindspots_are_found_by_the_side_that_misses() -> None:
    view = StoryView(100)
    members = [member(o, "x", START) for o in (*OUTLETS[:10],)]
    view.apply(story("no-right", members))
    view.apply(some_story(1))
    assert found(view, blindspot="right") == {"no-right"}
    assert found(view, blindspot="left") == set()
    assert found(view, blindspot="any") == {"no-right"}


def test_the_most_sources_come_first_when_asked(view: StoryView) -> None:
    cards = view.page(StoryQuery(sort=Order.SOURCES), 0, 100).cards
    assert [card.source_count for card in cards] == [3, 2, 1, 1]


def test_pages_follow_each_other_without_gap_or_repetition() -> None:
    view = StoryView(200)
    for number in range(95):
        view.apply(some_story(number))
    parts = [view.page(StoryQuery(), offset, 20) for offset in range(0, 100, 20)]
    listed = [card.story_id for part in parts for card in part.cards]
    assert len(listed) == len(set(listed)) == 95
    assert {part.total for part in parts} == {95}


@pytest.mark.parametrize(
    ("words", "names", "is_found"),
    [
        ("Putin", ["Владимир Путин"], True),
        ("Trump", ["Дональд Трамп"], True),
        ("Трамп", ["Donald Trump"], True),
        ("Владимира Путина", ["Vladimir Putin"], True),
        ("Μητσοτάκης", ["Kyriakos Mitsotakis"], True),
        ("习近平", ["Xi Jinping"], True),
        ("Зеленский", ["Volodymyr Zelenskyy"], True),
        ("Путин Трамп", ["Vladimir Putin", "Donald Trump"], False),
        ("Merz", ["Friedrich März"], False),
        ("Trump", ["Donald Tramp"], False),
        ("Пут", ["Vladimir Putin"], False),
        ("ь", ["Ь ь Ольга"], True),
        ("ь", ["Vladimir Putin", "Ольга"], False),
    ],
)
def test_a_name_is_found_in_whatever_script(words: str, names: list[str], is_found: bool) -> None:
    view, said = StoryView(10), [Entity(name=name, articles=2) for name in names]
    view.apply(story("told", [member(LEFT, "Talks end", START)], entities=said))
    assert found(view, entity=words) == ({"told"} if is_found else set())


def test_a_topic_is_found_by_id_code_or_name() -> None:
    view, said = StoryView(10), [Topic(id="medtop:02000000", name="crime, law and justice", confidence=0.9)]
    view.apply(story("told", [member(LEFT, "Mayor on trial", START)], topics=said))
    view.apply(story("silent", [member(LEFT, "Something else", START)]))
    for called in ("medtop:02000000", "02000000", "Crime, law and justice"):
        assert found(view, topic=called) == {"told"}
    assert found(view, topic="sport") == set()
    assert found(view, topic=" ") == {"told", "silent"}
