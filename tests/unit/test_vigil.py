"""Signs of life in the middle of a step, and none where there is no life."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from pipeline.runtime.vigil import Vigil
from tests.support.waiting import eventually

EVERY_S = 0.005


class Counter:
    """A duty that counts; it can be waited for."""

    def __init__(self, fails: bool = False) -> None:
        self.count = 0
        self.fails = fails

    def __call__(self) -> None:
        self.count += 1
        if self.fails:
            raise ConnectionError("not today")

    def comes(self) -> None:
        """Wait until it was done again twice: what was under way before does not count."""
        before = self.count
        eventually(lambda: self.count >= before + 2, timeout_s=10, pause_s=EVERY_S)


@pytest.fixture
def vigil() -> Iterator[Callable[..., Vigil]]:
    with contextlib.ExitStack() as stack:
        yield lambda *duties: stack.enter_context(Vigil(EVERY_S, *duties))


def rounds(vigil: Vigil, count: int = 5) -> None:
    """Let the vigil come round so often; a step without a limit would have had its duties done."""
    done = threading.Semaphore(0)
    original = vigil._closed.wait

    def wait(timeout: float) -> bool:
        done.release()
        return original(timeout)

    vigil._closed.wait = wait  # type: ignore[method-assign, assignment]
    for _ in range(count):
        assert done.acquire(timeout=10)


def test_duties_are_kept_up_in_the_middle_of_a_step_and_not_between_steps(vigil: Callable[..., Vigil]) -> None:
    duty = Counter()
    watch = vigil(duty)
    rounds(watch)
    assert duty.count == 0
    with watch.during(60.0):
        duty.comes()
    rounds(watch)
    before = duty.count
    rounds(watch)
    assert duty.count == before


def test_a_step_that_hangs_beyond_its_time_looks_dead(vigil: Callable[..., Vigil]) -> None:
    duty = Counter()
    watch = vigil(duty)
    with watch.during(0.0):
        rounds(watch)
        assert duty.count == 0


def test_a_step_that_gets_on_has_its_time_anew_and_no_time_is_given_between_steps(
    vigil: Callable[..., Vigil],
) -> None:
    duty = Counter()
    watch = vigil(duty)
    watch.prolong(60.0)
    rounds(watch)
    assert duty.count == 0
    with watch.during(1e-9):
        watch.prolong(60.0)
        duty.comes()


def test_a_duty_that_fails_keeps_no_other_from_being_done_and_is_tried_again(vigil: Callable[..., Vigil]) -> None:
    failing, other = Counter(fails=True), Counter()
    with vigil(failing, other).during(60.0):
        failing.comes()
        other.comes()


def test_duties_come_and_go(vigil: Callable[..., Vigil]) -> None:
    first, second = Counter(), Counter()
    watch = vigil(first)
    with watch.during(60.0):
        watch.add(second)
        second.comes()
        watch.remove(second)
        first.comes()
        before = second.count
        first.comes()
        assert second.count == before
