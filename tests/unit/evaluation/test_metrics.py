"""Measures against hand-computed values."""

from __future__ import annotations

import pytest

from pipeline.domain.clustering.types import Assignment, Changes, Merge, Split, Verdict
from pipeline.quality.evaluation.churn import Churn, StoryIds
from pipeline.quality.evaluation.scores import b_cubed, percentiles, score


def _opened(article_id: str, story_id: str) -> Changes:
    return Changes(assignments=[Assignment(article_id, story_id, Verdict.OPENED)])


def test_b_cubed_of_the_events_themselves_is_one() -> None:
    assert b_cubed("aab", "xxy").f1 == 1.0


def test_b_cubed_of_one_story_for_all_loses_precision_only() -> None:
    result = b_cubed("aab", "xxx")
    assert result.recall == 1.0
    assert result.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3)


def test_singletons_and_the_largest_story_are_shares() -> None:
    scores = score("aabc", "xxyz")
    assert scores.singleton_ratio == pytest.approx(2 / 3)
    assert scores.largest_share == 0.5


def test_percentiles_of_nothing_are_zero() -> None:
    assert percentiles([]).p50 == 0.0


def test_a_merge_within_the_first_hour_is_no_churn_and_later_it_is() -> None:
    ids = StoryIds()
    ids.follow(_opened("a", "s1"), {"a": 0.0})
    ids.follow(_opened("b", "s2"), {"b": 1_800.0})
    ids.follow(Changes(merges=[Merge("s1", "s2")]), {})
    assert ids.of("b") == "s1"
    assert ids.churn.either == 0.0
    ids.follow(_opened("c", "s3"), {"c": 90_000.0})
    ids.follow(Changes(splits=[Split("s1", "s4", ("b",))]), {})
    assert ids.of("b") == "s4"
    assert ids.churn.either == pytest.approx(1_000 / 3)


def test_late_merges_and_late_splits_are_counted_apart() -> None:
    ids = StoryIds()
    for article_id, story_id in (("a", "s1"), ("b", "s1"), ("c", "s2"), ("d", "s3")):
        ids.follow(_opened(article_id, story_id), {article_id: 0.0})
    ids.follow(_opened("e", "s5"), {"e": 90_000.0})
    ids.follow(Changes(merges=[Merge("s1", "s2"), Merge("s1", "s3")]), {})
    ids.follow(Changes(splits=[Split("s1", "s4", ("c",))]), {})
    assert ids.churn == Churn(late_merges=400.0, late_splits=200.0, either=400.0)


def test_stories_per_event_is_above_one_where_events_are_in_parts() -> None:
    assert score("aabb", "xyzz").stories_per_event == 1.5
