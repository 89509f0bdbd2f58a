"""The two statistics behind the coverage block, from scipy."""

from __future__ import annotations

from scipy.stats import binomtest

CONFIDENCE = 0.95


def wilson(count: int, total: int) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927), which stays inside 0..1 and holds for small totals."""
    interval = binomtest(count, total).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def as_few_by_chance(count: int, total: int, expected_share: float) -> float:
    """The chance of so few or fewer out of the total, were each drawn with the expected share."""
    return float(binomtest(count, total, expected_share, alternative="less").pvalue)
