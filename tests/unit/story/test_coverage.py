from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from groundswell.record import Coverage, Side
from pipeline.domain.story.coverage import EXPECTED_SHARES, blindspot_of, statement_of
from pipeline.domain.story.statistics import as_few_by_chance, wilson
from tests.unit.story.made import Directory, Rated, article, biases, record


def sided(left: int = 0, center: int = 0, right: int = 0) -> Coverage:
    """The coverage of a story with so many outlets of each side."""
    counts = {"left": left, "center": center, "right": right}
    outlets = {f"{side}{n}": side for side, count in counts.items() for n in range(count)}
    return record([article(name, source=name) for name in outlets], biases(**outlets)).coverage


def test_the_statement_states_share_side_interval_and_denominator() -> None:
    statement = sided(left=9, center=1).statement
    assert statement is not None
    assert statement.text == "90% of the sources lean Left"
    assert (statement.side, statement.rated_source_count) == (Side.LEFT, 10)
    assert statement.share == pytest.approx(0.9)
    assert statement.interval.low == pytest.approx(0.5958, abs=1e-4)
    assert statement.interval.high == pytest.approx(0.9821, abs=1e-4)


@pytest.mark.parametrize("sides", [(2, 1, 0), (9, 2, 6), (5, 0, 1), (10, 3, 4), (3, 0, 0)])
def test_no_statement_where_the_opposite_may_as_well_be_true(sides: tuple[int, int, int]) -> None:
    assert sided(*sides).statement is None


def test_whatever_is_said_of_a_share_its_interval_leaves_out_the_opposite() -> None:
    for left, center, right in product(range(0, 25, 3), repeat=3):
        every = Counter({Side.LEFT: left, Side.CENTER: center, Side.RIGHT: right})
        if (said := statement_of(every)) is not None:
            others = [count for side, count in every.items() if side is not said.side]
            assert said.interval.low > max(others) / every.total()
        if (spot := blindspot_of(every, EXPECTED_SHARES)) is not None:
            assert wilson(every[spot.side], every.total())[1] < spot.expected_share


@pytest.mark.parametrize(
    "sides",
    [
        {"a": "left", "b": "left"},
        {"a": "left", "b": "right", "c": "center"},
        {"a": "left", "b": "left", "c": "right", "d": "right"},
    ],
)
def test_no_statement_when_too_few_are_rated_or_no_side_leads(sides: dict[str, str]) -> None:
    assert record([article(n, source=n) for n in sides], biases(**sides)).coverage.statement is None


def test_a_blindspot_needs_more_than_chance() -> None:
    few = {f"o{n}": "right" for n in range(5)}
    many = {f"o{n}": "right" for n in range(12)}
    assert record([article(n, source=n) for n in few], biases(**few)).coverage.blindspot is None
    spot = record([article(n, source=n) for n in many], biases(**many)).coverage.blindspot
    assert spot is not None
    assert (spot.side, spot.share) == (Side.LEFT, 0)
    assert spot.p_value == pytest.approx((2 / 3) ** 12)


def test_outlets_of_one_owner_are_one_publisher() -> None:
    outlets = Directory([Rated("a.example", owner="Group"), Rated("b.example", owner="GROUP"), Rated("c.example")])
    made = record([article(n, source=n) for n in "abc"], outlets)
    assert (made.source_count, made.publisher_count) == (3, 2)
    assert made.coverage.ownership_unknown_count == 1


def test_an_article_counts_under_its_outlets_name_and_never_under_a_guess() -> None:
    made = record(
        [
            article("1", source=None, outlet="The Courier"),
            article("2", source=None, outlet="the courier"),
            article("3", source=None),
            article("4", source=None),
        ]
    )
    assert (made.source_count, made.unsourced_article_count) == (1, 2)
    assert made.articles[-1].outlet.domain is None


def test_a_reprint_makes_a_source_but_no_original() -> None:
    made = record([article("1", source="a"), article("2", source="b", minutes=5, reprint_of="1")])
    assert (made.source_count, made.original_source_count) == (2, 1)
    assert (made.article_count, made.original_count, made.reprint_count) == (2, 1, 1)


def test_the_oldest_reprint_is_the_original_where_a_split_took_that_away() -> None:
    made = record([article("2", minutes=5, reprint_of="gone"), article("3", minutes=9, reprint_of="gone")])
    assert [member.is_reprint for member in made.articles] == [False, True]
    assert made.articles[1].reprint_of == "2"


def test_reprints_of_each_other_leave_one_original() -> None:
    made = record([article("1", reprint_of="2"), article("2", minutes=5, reprint_of="1")])
    assert made.original_count == 1


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (0, 10, 0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1),
    ],
)
def test_wilson_matches_published_values(count: int, total: int, low: float, high: float) -> None:
    assert list(wilson(count, total)) == pytest.approx([low, high], abs=1e-4)


def test_the_binomial_tail_is_exact() -> None:
    assert as_few_by_chance(1, 3, 0.5) == pytest.approx(0.5)
