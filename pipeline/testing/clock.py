"""A clock to inject where code takes one: `clock=clock, sleep=clock.sleep`."""

from __future__ import annotations


class Clock:
    """Time that passes only by sleeping, or by moving `now`."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []
        """How long each sleep took."""

    def __call__(self) -> float:
        """The time of this clock, in seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Takes no time at all."""
        self.slept.append(seconds)
        self.now += seconds
