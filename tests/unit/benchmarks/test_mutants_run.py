"""How mutants are tested: in a copy of a process that has collected the tests once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

pytest.importorskip("mutmut", reason="needs what `make mutants` installs")

from benchmarks.mutants import worker
from benchmarks.mutants.pool import ENOUGH_S, within

CODE = """
from mutmut.mutation.trampoline import get_mutant_under_test

seen = []


def double(number: int) -> int:
    seen.append(number)
    while get_mutant_under_test() == "endless":
        pass
    return number * (3 if get_mutant_under_test() == "thrice" else 2)
"""
TESTS = """
import pytest
from doubling import double, seen


@pytest.fixture(scope="session")
def redis_server():
    return object()


@pytest.fixture(scope="session")
def embedded_broker():
    return object()


def test_double():
    assert double(2) == 4


def test_that_nothing_is_left_of_other_mutants():
    assert seen == []
"""
DOUBLE, CLEAN = "test_doubling.py::test_double", "test_doubling.py::test_that_nothing_is_left_of_other_mutants"
Ask = Callable[..., int]


def hurried(connection: Connection, folder: Path) -> None:
    worker.PROCESSOR_S = 0.2
    os.chdir(folder)
    worker.work(connection, ["-p", "no:cacheprovider", "-c", os.devnull, "test_doubling.py"])


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """What a worker says of a mutant."""
    run = tmp_path / "mutants"
    run.mkdir()
    (run / "doubling.py").write_text(CODE, "utf-8")
    (run / "test_doubling.py").write_text(TESTS, "utf-8")
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=hurried, args=(theirs, tmp_path), daemon=True)
    process.start()
    theirs.close()

    def exit_code(mutant: str, *tests: str) -> int:
        ours.send((mutant, dict.fromkeys(tests, 0.01)))
        return int(ours.recv())

    yield exit_code
    process.kill()
    process.join()


def test_a_mutant_is_noticed_by_a_failure_or_by_never_ending_and_leaves_nothing_to_the_next(ask: Ask) -> None:
    assert ask("", DOUBLE) == worker.PASSED
    assert ask("", CLEAN) == worker.PASSED
    assert ask("thrice", CLEAN, DOUBLE) == worker.FAILED
    assert ask("another", CLEAN, DOUBLE) == worker.PASSED
    assert ask("endless", DOUBLE) == worker.TIMED_OUT


def test_a_harmless_mutant_is_given_up_after_the_fastest_tests() -> None:
    half = ENOUGH_S / 2
    assert within(ENOUGH_S, {"a": half, "b": half, "c": half}) == {"a": half, "b": half}
    assert within(ENOUGH_S, {"a": ENOUGH_S * 2}) == {"a": ENOUGH_S * 2}, "one is run in any case"
