"""Crashes and other faults as data: what strikes whom, and at which share of the work.

for fault in due(spread(kill("worker"), kill("worker")), share_done):
    fault.strike(processes)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from pipeline.runtime.embedded import ManagedProcess

Victim = TypeVar("Victim")

PAUSE_S = 0.02


@dataclass(frozen=True)
class Fault(Generic[Victim]):
    """Strikes once this share of the work is done, from 0 to 1."""

    at: float
    strike: Callable[[Victim], None]


def spread(*strikes: Callable[[Victim], None]) -> tuple[Fault[Victim], ...]:
    """At even distances over the work."""
    return tuple(Fault((number + 1) / (len(strikes) + 1), strike) for number, strike in enumerate(strikes))


def due(
    schedule: tuple[Fault[Victim], ...], share_done: Callable[[], float], within_s: float = 900.0
) -> Iterator[Fault[Victim]]:
    """Each fault when its time has come; TimeoutError where that takes too long."""
    for fault in schedule:
        deadline = time.monotonic() + within_s
        while (share := share_done()) < fault.at:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{share:.0%} of the work done after {within_s:g} s, expected {fault.at:.0%}")
            time.sleep(PAUSE_S)
        yield fault


def kill(name: str) -> Callable[[Mapping[str, ManagedProcess]], None]:
    """SIGKILL to the process of this name, which is started again at once."""

    def strike(processes: Mapping[str, ManagedProcess]) -> None:
        processes[name].kill()
        processes[name].start()

    return strike
