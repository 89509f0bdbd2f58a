"""Faults strike when their share of the work is done, and in no other moment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.runtime.embedded import ManagedProcess
from pipeline.testing.faults import Fault, due, kill, spread


def test_each_fault_strikes_once_its_share_is_done_and_not_before() -> None:
    shares = [0.0, 0.2, 0.4, 0.5, 0.8, 1.0]
    struck: list[str] = []
    schedule: tuple[Fault[list[str]], ...] = spread(
        lambda them: them.append("first"), lambda them: them.append("second")
    )
    for fault in due(schedule, lambda: shares.pop(0)):
        fault.strike(struck)
        struck.append(f"{shares[0]} is next")
    assert struck == ["first", "0.5 is next", "second", "1.0 is next"]


def test_faults_that_are_spread_leave_as_much_work_before_the_first_as_after_the_last() -> None:
    assert [each.at for each in spread(*[kill("a role")] * 3)] == [0.25, 0.5, 0.75]


def test_work_that_stands_still_is_told_instead_of_waited_for() -> None:
    with pytest.raises(TimeoutError, match="30% of the work done after 0 s, expected 50%"):
        next(due(spread(kill("a role")), lambda: 0.3, within_s=0))


def test_a_process_that_was_killed_is_started_again(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with ManagedProcess("sleeper", command, log=tmp_path / "log.txt") as sleeper:
        before = sleeper.pid
        kill("sleeper")({"sleeper": sleeper})
        assert sleeper.running
        assert sleeper.pid != before
