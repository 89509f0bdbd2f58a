"""Workers that test mutants, as mutmut asks for them.

Its own way starts pytest anew for each mutant, and asks the tests in any order: several times as long.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, cast

from mutmut.configuration import config
from mutmut.state import state

from benchmarks.mutants.reasons import reason_of
from benchmarks.mutants.results import mutants
from benchmarks.mutants.worker import TIMED_OUT, work

ENOUGH_S = 3.0
"""A mutant that is known to be harmless is given up after the fastest tests that take so long together."""


@dataclass(frozen=True)
class Result:
    """What became of a mutant."""

    mutant_name: str
    exit_code: int
    duration: float


class Pool:
    """Stands in for mutmut's `MutantRunner`."""

    def __init__(self, plain: Any, size: int, folder: Path) -> None:
        """`plain` is mutmut's own, which finds out what tests there are and what they pass through."""
        self.collect_stats = plain.collect_stats
        self.list_all_tests = plain.list_all_tests
        self._size = size
        self._folder = folder
        self._free: list[Connection] = []
        self._busy: dict[Connection, tuple[str, float]] = {}
        self._explained: Collection[str] = ()
        self._started = 0

    def startup(self) -> None:
        """Find out which mutants are known to be harmless."""
        self._explained = {each.key for each in mutants() if reason_of(each) is not None}

    def run_clean_tests(self, tests: Iterable[str]) -> int:
        """Whether all tests pass on the code as it is, run as for a mutant; each worker runs its share."""
        found = list(tests or state().duration_by_test)
        for share in range(self._size):
            self._hand_out("", _fastest_first(found[share :: self._size]))
        return max(self.wait_for_result().exit_code for _ in range(self._size))

    def run_forced_fail(self) -> int:
        """What comes of tests when each function that can be changed raises."""
        self._hand_out("fail", _fastest_first(state().duration_by_test))
        return self.wait_for_result().exit_code

    def submit(self, mutant_name: str, tests: Iterable[str], *_limits: float) -> None:
        """Test a mutant, by the fastest tests first."""
        durations = _fastest_first(tests)
        known = mutant_name in self._explained
        self._hand_out(mutant_name, within(ENOUGH_S, durations) if known else durations)

    def has_capacity(self) -> bool:
        """Whether a worker waits."""
        return len(self._busy) < self._size

    def pending_count(self) -> int:
        """How many mutants are being tested."""
        return len(self._busy)

    def wait_for_result(self) -> Result:
        """The next that is known."""
        connection = cast(Connection, wait(list(self._busy))[0])
        mutant, began = self._busy.pop(connection)
        code = connection.recv()
        if code != TIMED_OUT:  # else the worker has ended
            self._free.append(connection)
        return Result(mutant, code, time.monotonic() - began)

    def signal_work_complete(self) -> None:
        """Nothing to do: mutmut then waits for the results."""

    def stop_all_workers(self) -> None:
        """They end with this process."""

    def shutdown(self) -> None:
        """Let the workers go."""
        for connection in self._free:
            connection.send(None)

    def _hand_out(self, mutant: str, durations: Mapping[str, float]) -> None:
        connection = self._free.pop() if self._free else self._start()
        connection.send((mutant, durations))
        self._busy[connection] = mutant, time.monotonic()

    def _start(self) -> Connection:
        ours, theirs = get_context("spawn").Pipe()
        self._started += 1
        settings = config()
        arguments = [
            *settings.pytest_add_cli_args_test_selection, *settings.pytest_add_cli_args,
            f"--basetemp={self._folder / str(self._started)}",
        ]  # fmt: skip
        get_context("spawn").Process(target=work, args=(theirs, arguments), daemon=True).start()
        theirs.close()
        return ours


def within(seconds: float, durations: Mapping[str, float]) -> Mapping[str, float]:
    """The first of these tests that take so long together, at least one."""
    sums = accumulate(durations.values())
    return {
        test: durations[test]
        for number, (test, total) in enumerate(zip(durations, sums, strict=True))
        if total <= seconds or number == 0
    }


def _fastest_first(tests: Iterable[str]) -> Mapping[str, float]:
    durations: Mapping[str, float] = state().duration_by_test
    return {test: durations[test] for test in sorted(tests, key=durations.__getitem__)}
