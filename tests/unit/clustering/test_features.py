"""Features of pairs and of stories, computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.domain.clustering.join import probabilities
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.pairs import (
    MAX_LOG_HOURS,
    PAIR_FEATURES,
    UNDATED_LOG_HOURS,
    Pairs,
    PairScorer,
    concatenated,
    stack,
)
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_features import STORY_FEATURES, story_features
from tests.unit.clustering.made import idf, member, story, terms

HOUR = 3_600.0


def each_other(count: int) -> Pairs:
    """One article with each of so many others."""
    return Pairs(np.zeros(count, dtype=np.int64), np.arange(count))


def pair(one: LiveMember, other: LiveMember, **rarity: float) -> dict[str, float]:
    (row,) = PairScorer().features(stack([one]), stack([other]), each_other(1), idf(**rarity))
    return dict(zip(PAIR_FEATURES, row.tolist(), strict=True))


def test_meaning_is_the_product_of_the_vectors() -> None:
    assert pair(member("a", (0.5, 2.0)), member("b", (4.0, 0.25)))["dense"] == 2.5


def test_words_are_compared_by_the_cosine_of_their_weights_and_rarity() -> None:
    one, other = member("a", terms=terms({1: 2.0, 2: 1.0})), member("b", terms=terms({2: 3.0, 9: 2.0}))
    expected = (1 * 2) * (3 * 2) / (np.hypot(2 * 1, 1 * 2) * np.hypot(3 * 2, 2 * 5))
    assert pair(one, other, t2=2.0, t9=5.0)["lexical"] == pytest.approx(expected, rel=1e-6)


def test_an_article_without_words_is_like_no_other() -> None:
    assert pair(member("a"), member("b", terms=terms([3])))["lexical"] == 0.0
    assert pair(member("a", terms=terms([3])), member("b"))["lexical"] == 0.0


@pytest.mark.parametrize(("one", "other", "expected"), [
    (0.0, 2 * HOUR, np.log1p(2)), (2 * HOUR, 0.0, np.log1p(2)), (5.0, 5.0, 0.0),
    (0.0, 120 * HOUR, MAX_LOG_HOURS), (0.0, 500 * HOUR, MAX_LOG_HOURS),
    (None, 0.0, UNDATED_LOG_HOURS), (0.0, None, UNDATED_LOG_HOURS), (None, None, UNDATED_LOG_HOURS),
])  # fmt: skip
def test_time_is_the_log_of_the_hours_between(one: float | None, other: float | None, expected: float) -> None:
    found = pair(member("a", published_at=one), member("b", published_at=other))["log_hours"]
    assert found == pytest.approx(expected, rel=1e-6)


def test_names_are_apart_by_the_rarity_that_neither_side_shares() -> None:
    one, other = terms(names=[1, 2]), terms(names=[2, 3])
    # Shared: 4 of 5 on one side, 4 of 12 on the other: the better of the two counts.
    found = pair(member("a", terms=one), member("b", terms=other), t2=4.0, t3=8.0)
    assert found["names_apart"] == pytest.approx(1 - 4 / 5, rel=1e-6)
    back = pair(member("b", terms=other), member("a", terms=one), t2=4.0, t3=8.0)
    assert back["names_apart"] == found["names_apart"]
    assert found["numbers_apart"] == 0.0


def test_a_name_that_is_an_ordinary_word_on_the_other_side_is_shared() -> None:
    one, other = member("a", terms=terms(names=[1])), member("b", terms=terms([1], names=[2]))
    assert pair(one, other)["names_apart"] == 0.0
    assert pair(other, one)["names_apart"] == 0.0


def test_numbers_contradict_apart_from_names() -> None:
    found = pair(member("a", terms=terms(numbers=[5])), member("b", terms=terms(numbers=[6])))
    assert (found["names_apart"], found["numbers_apart"]) == (0.0, 1.0)


def test_what_one_side_does_not_say_contradicts_nothing() -> None:
    silent = member("b", terms=terms([1]))
    assert pair(member("a", terms=terms(names=[1])), silent)["names_apart"] == 0.0
    assert pair(silent, member("a", terms=terms(names=[2])))["names_apart"] == 0.0


def test_members_stand_in_their_order_and_one_row_does_not_touch_the_next() -> None:
    scorer, article = PairScorer(), member("a", (1.0, 0.0), terms=terms({1: 1.0}, names=[1]))
    second, last = member("c"), member("d", (3.0, 0.0), terms=terms(names=[4]))
    others = [member("b", (2.0, 0.0), terms=terms(names=[1])), second, last]
    own, together = stack([article]), concatenated([stack(others[:1]), stack(others[1:])])
    rows = scorer.features(own, together, each_other(3), idf())
    singly = [scorer.features(own, stack([each]), each_other(1), idf())[0] for each in others]
    assert rows.dtype == np.float32
    assert rows.tolist() == [each.tolist() for each in singly]
    assert rows[:, 0].tolist() == [2.0, 1.0, 3.0]
    assert rows[:, 3].tolist() == [0.0, 0.0, 1.0]


def features(article: LiveMember, *stories: LiveStory) -> list[dict[str, float]]:
    others = concatenated([each.stacked for each in stories])
    pairs = PairScorer().features(stack([article]), others, each_other(others.lengths.size), idf())
    rows = story_features([article], [stories], pairs)
    assert rows.dtype == np.float32
    return [dict(zip(STORY_FEATURES, row.tolist(), strict=True)) for row in rows]


def test_a_story_is_seen_by_its_best_member_their_mean_and_its_centre() -> None:
    article = member("x", (1.0, 0.0), published_at=0.0, has_body=True, terms=terms([1], names=[2], numbers=[3]))
    near = member("a", (0.6, 0.8), published_at=HOUR, terms=terms([1], names=[2], numbers=[3]))
    far = member("b", (0.2, 0.4), published_at=3 * HOUR, terms=terms([9], names=[8], numbers=[7]))
    other = member("c", (0.25, 0.0))
    seen, beside = features(article, story(near, far), story(other, story_id="t"))
    assert seen == pytest.approx({
        "dense_max": 0.6, "dense_mean": 0.4, "centroid": 0.8 / np.hypot(0.8, 1.2), "dense_margin": 0.35,
        "lexical_max": 1.0, "lexical_mean": 0.5, "hours_nearest": np.log1p(1), "has_body": 1.0,
        "dense_of_bodies": 0.4, "lexical_of_bodies": 0.5, "names_apart": 0.5, "numbers_apart": 0.5,
    }, abs=1e-6)  # fmt: skip
    assert beside["dense_margin"] == pytest.approx(-0.35, abs=1e-6)


def test_an_article_without_a_body_has_no_slope_of_bodies() -> None:
    (seen,) = features(member("x", terms=terms([1])), story(member("a", terms=terms([1]))))
    assert (seen["has_body"], seen["dense_of_bodies"], seen["lexical_of_bodies"]) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("likeness", "expected"), [
    ((0.9,), (0.5,)), ((0.9, 0.1), (0.5, -0.5)), ((0.5, 0.75, 0.625), (-0.25, 0.125, -0.125)),
    ((0.5, 0.5), (0.0, 0.0)), ((0.1, 0.9, 0.9), (-0.5, 0.0, 0.0)),
])  # fmt: skip
def test_the_margin_is_to_the_best_other_story_and_bounded(
    likeness: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    stories = [story(member(str(each), (each, 0.0)), story_id=str(at)) for at, each in enumerate(likeness)]
    rows = features(member("x"), *stories)
    assert [row["dense_margin"] for row in rows] == pytest.approx(expected, abs=1e-6)


def test_log_odds_become_a_probability() -> None:
    low, even, likely, high = probabilities(np.array([-1e9, 0.0, np.log(3.0), 1e9]))
    assert (even, likely) == (0.5, pytest.approx(0.75))
    assert 0.0 < low < 1e-12 < 1 - 1e-12 < high <= 1.0


def test_words_that_weigh_little_are_as_like_as_those_that_weigh_much() -> None:
    light, heavy = (member("a", terms=terms({1: weight, 2: weight})) for weight in (0.25, 2.0))
    assert pair(light, light)["lexical"] == pytest.approx(pair(heavy, heavy)["lexical"], rel=1e-6)
    assert pair(light, light)["lexical"] == pytest.approx(1.0, rel=1e-6)
