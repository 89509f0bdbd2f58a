"""Recurring columns: each issue is a story of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.clustering.columns import ANOTHER_DAY_S, forms, is_next_issue, skeleton
from pipeline.domain.clustering.types import EncodedArticle
from tests.unit.clustering.helpers import HOUR_S, article, clustering, committed

DAY_S = 24 * HOUR_S


def issue(title: str, day: float, outlet: str = "daily.example") -> EncodedArticle:
    """A column's issue: its vector is that of all the others."""
    at = day * DAY_S
    return replace(article(0, int(10 * day), at=at, text=f"Numbers {day}"), title=title, source=outlet)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Lottery numbers for Tuesday, 3 March", "Lottery numbers for Friday, 27 April"),
        ("de", "Horoskop für Montag, 2. März 2026", "Horoskop für Sonntag, 12. April 2026"),
        ("fr", "Météo du lundi 2 mars", "Météo du mardi 14 avril"),
        ("ja", "2026年3月2日の天気", "2026年3月14日の天気"),
    ],
)
def test_headlines_that_differ_in_their_date_have_one_form(language: str, one: str, other: str) -> None:
    assert skeleton(one, language) == skeleton(other, language)
    assert forms(one, "a.example", language) == forms(other, "a.example", language)
    assert forms(one, "a.example", language) != forms(other, "b.example", language)


def test_the_skeleton_of_a_headline_keeps_its_words_and_marks_numbers_and_dates() -> None:
    assert skeleton("Week 12: Rain on Monday!", "en") == "week # rain on #"


def test_headlines_under_one_label_share_its_form_and_no_other() -> None:
    one, other = (
        forms(f"Morning briefing: {rest}", "a.example", "en") for rest in ("rain ahead", "mayor resigns")
    )
    assert len(one) == len(other) == 2
    assert {*one} & {*other} == {one[1]} == {other[1]}
    assert len(forms("Mayor resigns", "a.example", "en")) == 1


def test_an_article_without_an_outlet_has_no_form() -> None:
    assert forms("Horoscope for today", None, "en") == ()


def test_a_headline_is_an_issue_on_another_day_and_a_label_at_the_same_time_of_another_day() -> None:
    assert not is_next_issue(0, ANOTHER_DAY_S - 1)
    assert is_next_issue(0, ANOTHER_DAY_S + 1)
    assert is_next_issue(1, 2 * DAY_S + 600)
    assert not is_next_issue(1, 2 * DAY_S + 2 * HOUR_S)
    assert not is_next_issue(0, 30 * DAY_S)


def test_each_issue_of_a_column_is_its_own_story_and_other_outlets_join_that_day() -> None:
    days = [
        [issue(f"Winning numbers for {day} March", day), issue(f"Lotto: {day} March", day + 0.05, "post.example")]
        for day in (1, 2, 3)
    ]
    live = clustering()
    stories = committed(live, *days)
    changes = live.sweep()
    assert changes.merges == []
    today = [{stories[each.article_id] for each in day} for day in days]
    assert today[1].isdisjoint(today[2])
    assert today[0].isdisjoint(today[1])
    assert len(today[1]) == len(today[2]) == 1


def test_a_later_report_under_another_headline_is_no_issue() -> None:
    stories = committed(
        clustering(), [issue("Ferry runs aground", 1)], [issue("Ferry pulled free at high tide", 2)]
    )
    assert len(set(stories.values())) == 1


def test_the_same_time_of_another_day_is_told_across_midnight() -> None:
    day_s, minutes_s = 86_400.0, 60.0
    assert is_next_issue(1, 2 * day_s - 10 * minutes_s)
    assert is_next_issue(1, 2 * day_s + 10 * minutes_s)
    assert not is_next_issue(1, 2 * day_s - 30 * minutes_s)
    assert is_next_issue(0, 2 * day_s - 30 * minutes_s), "the headline's own form counts at any time"
