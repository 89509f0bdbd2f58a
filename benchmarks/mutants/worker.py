"""A process that tests one mutant after another.

It collects the tests and starts what they share once. Then it forks for each mutant: the copy switches the mutant
on and runs the tests, so that nothing that one mutant did is there when the next is tested.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection

import hypothesis
import pytest
from _pytest.runner import runtestprotocol
from mutmut.mutation.trampoline import set_mutant_under_test

PASSED, FAILED, TIMED_OUT = 0, 1, 36
"""As mutmut counts them."""

TIMES = 15.0
PROCESSOR_S = 5.0
CLOCK_S = 30.0
"""A test may take fifteen times as long as it does on the code as it is, and this much more."""


def work(connection: Connection, arguments: Sequence[str]) -> None:
    """Collect the tests that these arguments of pytest select, then test what comes through the connection.

    That is (name of a mutant, tests with the seconds that each takes), and is answered by an exit code.
    """
    os.chdir("mutants")
    # What fails for one mutant is not tried on the others, and no smaller example is looked for.
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("mutants", database=None, phases=phases)
    hypothesis.settings.load_profile("mutants")
    set_mutant_under_test("")
    pytest.main(["-q", "--rootdir=.", *arguments], plugins=[_Loop(connection)])


class _Between(pytest.Item):
    """Stands where the next test would, so that what all share stays after a test, and nothing else."""

    def runtest(self) -> None:
        """It is never run."""


class _Loop:
    """Takes the place of pytest's own loop over the tests."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Until there are no more mutants, or one was stopped: what it had changed of Redis is not put back."""
        if session.testsfailed:
            raise session.Interrupted("tests that can't be collected")
        items = {item.nodeid: item for item in session.items}
        between: _Between = _Between.from_parent(session, name="between")
        _start_services(session.items[0], between)
        gc.freeze()  # what is never looked at is never copied
        code = PASSED
        while code != TIMED_OUT and (job := self._connection.recv()) is not None:
            mutant, durations = job
            code = _in_copy(mutant, durations, items, between)
            self._connection.send(code)
        return True


def _start_services(first: pytest.Item, between: _Between) -> None:
    # Of no type that would have to be imported: mutmut imports this before it puts the changed code in its place.
    def services(redis_server: object, embedded_broker: object) -> None:
        pass

    starts = pytest.Function.from_parent(first.parent, name="services", callobj=services)
    assert all(report.passed for report in runtestprotocol(starts, nextitem=between, log=False))


def _in_copy(
    mutant: str, durations: Mapping[str, float], items: Mapping[str, pytest.Item], between: _Between
) -> int:  # fmt: skip
    process = os.fork()
    if process == 0:
        code = FAILED
        try:
            set_mutant_under_test(mutant)
            code = _run(durations, items, between)
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return TIMED_OUT if -code in (signal.SIGALRM, signal.SIGPROF) else code


def _run(durations: Mapping[str, float], items: Mapping[str, pytest.Item], between: _Between) -> int:
    for signum in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(signum, signal.SIG_DFL)  # it ends the process, wherever that is
    for test, seconds in durations.items():
        signal.setitimer(signal.ITIMER_PROF, TIMES * seconds + PROCESSOR_S)
        signal.setitimer(signal.ITIMER_REAL, TIMES * seconds + CLOCK_S)
        if any(report.failed for report in runtestprotocol(items[test], nextitem=between, log=False)):
            return FAILED
    return PASSED
