"""A plugin of pytest: how many inputs the property tests of a run were given."""

from __future__ import annotations

import re
from typing import Any

STATISTICS = "_hypothesis_stats"
"""Where hypothesis' own plugin keeps what it tells of a test (with `--hypothesis-show-statistics`)."""
EXAMPLES = re.compile(r"(\d+) (?:passing|failing|invalid)")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """After hypothesis' own summary of each test."""
    reports = [each for reports in terminalreporter.stats.values() for each in reports]
    told = [each.__dict__[STATISTICS] for each in reports if STATISTICS in each.__dict__]
    inputs = sum(int(number) for each in told for number in EXAMPLES.findall(each))
    terminalreporter.write_line(f"{inputs} inputs in {len(told)} property tests")
