"""The two statistics behind the coverage block."""

from __future__ import annotations

import math

from scipy.stats import binom

CONFIDENCE = 0.95
_Z = 1.959963984540054
"""The normal quantile of a two-sided 95% interval."""


def wilson(count: int, total: int) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927), which stays inside 0..1 and holds for small totals."""
    if total <= 0:
        return 0.0, 1.0
    share = count / total
    square = _Z * _Z / total
    middle = share + square / 2
    reach = _Z * math.sqrt((share * (1 - share) + square / 4) / total)
    # The share lies inside by construction; rounding must not push it out at 0 and 1.
    low = min(share, max(0.0, (middle - reach) / (1 + square)))
    high = max(share, min(1.0, (middle + reach) / (1 + square)))
    return low, high


def as_few_by_chance(count: int, total: int, expected_share: float) -> float:
    """The chance of so few or fewer out of the total, were each drawn with the expected share."""
    return float(binom.cdf(count, total, expected_share))
