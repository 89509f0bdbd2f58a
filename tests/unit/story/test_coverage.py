from __future__ import annotations

import pytest

from groundswell.record import Side
from pipeline.domain.story.statistics import as_few_by_chance, wilson
from tests.unit.story.made import Directory, Rated, article, biases, record


def test_the_statement_states_share_side_interval_and_denominator() -> None:
    statement = record(
        [article("1", source="a"), article("2", source="b"), article("3", source="c"), article("4", source="d")],
        biases(a="left", b="lean-left", c="center"),
    ).coverage.statement
    assert statement is not None
    assert statement.text == "67% of the sources lean Left"
    assert (statement.side, statement.rated_source_count) == (Side.LEFT, 3)
    assert statement.share == pytest.approx(2 / 3)
    assert statement.interval.low == pytest.approx(0.2077, abs=1e-4)
    assert statement.interval.high == pytest.approx(0.9385, abs=1e-4)


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
