"""The few statistics that all parts report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Spent:
    """Seconds, a value for each round."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    """Of this process, user and system, all threads."""

    @contextmanager
    def round(self) -> Iterator[None]:
        """What happens within is one round."""
        clock, processor = time.perf_counter(), time.process_time()
        yield
        self.clock.append(time.perf_counter() - clock)
        self.processor.append(time.process_time() - processor)


@dataclass(frozen=True)
class Spread:
    """Of one value that was taken many times."""

    p50: float
    """Half is below."""
    p99: float
    """99 in 100 are below."""
    largest: float
    """The greatest of all."""


def spread(values: Sequence[float], digits: int = 3) -> Spread | None:
    """None where there are no values: nothing was measured, which is not 0."""
    if not len(values):
        return None
    p50, p99, largest = np.percentile(np.asarray(values), [50, 99, 100]).tolist()
    return Spread(round(p50, digits), round(p99, digits), round(largest, digits))


def correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float | None:
    """Of values that belong together. None where either has only one value, however often."""
    if not (np.ptp(one) and np.ptp(other)):
        return None
    return round(float(np.corrcoef(one, other)[0, 1]), 5)


def mean_share(values: Sequence[float], digits: int = 4) -> float | None:
    """None where there are no values: of nothing there is no share."""
    return round(float(np.mean(values)), digits) if len(values) else None


def median_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Median over the rounds of the ratio within a round: what slows both sides of a round cancels out."""
    return round(float(np.median(np.asarray(numerators) / np.asarray(denominators))), 3)


def rate(count: int, seconds: Sequence[float]) -> float:
    """So many in a second, by the median round."""
    return round(count / float(np.median(seconds)), 1)
