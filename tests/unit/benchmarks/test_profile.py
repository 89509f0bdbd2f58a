"""The profile names the functions that take the time, and counts on the processor."""

from __future__ import annotations

import cProfile
import time

from benchmarks.profile import ProfileOptions, profile, profile_rows


def busy() -> int:
    total = 0
    for number in range(1_000_000):
        total += number % 7
    return total


def waiting() -> None:
    time.sleep(0.05)


def test_the_function_that_works_stands_before_the_one_that_waits() -> None:
    counted = cProfile.Profile(time.process_time)
    counted.runcall(waiting)
    counted.runcall(busy)
    rows = profile_rows(counted.getstats())
    assert rows[0].function.startswith("busy (tests/unit/benchmarks/test_profile.py:")
    assert sum(row.own for row in rows if "waiting" in row.function or "sleep" in row.function) < 0.05
    assert rows == sorted(rows, key=lambda row: -row.own)


def test_the_profile_of_a_publisher_is_of_building_records() -> None:
    found = profile(ProfileOptions("publisher", stories=0, members=5, rounds=1), lambda _: None)
    assert found.seconds > 0
    assert 0 < sum(row.own for row in found.rows) <= 1.01
    assert any("pipeline/domain/story" in row.function for row in found.rows)


def test_the_profile_of_a_clusterer_is_of_decisions() -> None:
    found = profile(ProfileOptions("clusterer", stories=16, members=0, rounds=1), lambda _: None)
    assert any("pipeline/domain/clustering" in row.function for row in found.rows)
