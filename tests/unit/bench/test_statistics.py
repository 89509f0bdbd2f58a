"""What all parts of the bench report is computed as it says."""

from __future__ import annotations

import time

import pytest

from pipeline.quality.bench.statistics import Spent, Spread, median_ratio, rate, spread


def test_a_spread_is_of_all_values() -> None:
    assert spread([float(each) for each in range(101)]) == Spread(50.0, 99.0, 100.0)


def test_where_nothing_was_measured_there_is_no_spread() -> None:
    assert spread([]) is None


def test_a_ratio_is_the_median_of_the_ratios_within_the_rounds() -> None:
    # In the second round the machine was ten times as busy, for both.
    assert median_ratio([2.0, 20.0, 9.0], [1.0, 10.0, 1.0]) == pytest.approx(2.0)


def test_a_rate_is_that_of_the_median_round() -> None:
    assert rate(100, [1.0, 2.0, 100.0]) == 50.0


def test_waiting_is_time_by_the_clock_and_none_of_the_processor() -> None:
    spent = Spent()
    with spent.round():
        time.sleep(0.05)
    with spent.round():
        sum(range(2_000_000))
    waited, worked = zip(spent.clock, spent.processor, strict=True)
    assert waited[0] >= 0.05 > 0.02 > waited[1]
    assert worked[1] > 0
