"""When to visit a feed again."""

from __future__ import annotations

from dataclasses import dataclass

MAX_BACKOFF_S = 6 * 3600.0
"""A feed that fails is still visited this often: most come back."""
MAX_RETRY_AFTER_S = 24 * 3600.0
"""No server keeps us away for longer by one header."""
JITTER = 0.1
"""Of every delay: feeds of one server must not fall into step."""
_MAX_DOUBLINGS = 32


@dataclass(frozen=True)
class Schedule:
    """Turns what happened into the delay until the next visit."""

    interval_s: float

    def after_success(self, chance: float) -> float:
        """Seconds; `chance` is uniform in [0, 1)."""
        return _jittered(self.interval_s, chance)

    def after_failures(self, failures: int, retry_after_s: float | None, chance: float) -> float:
        """Seconds after so many failures in a row: doubled each time, never less than the server wants."""
        backoff_s = self.interval_s * 2 ** min(failures, _MAX_DOUBLINGS)
        delay_s = _jittered(min(backoff_s, max(MAX_BACKOFF_S, self.interval_s)), chance)
        return max(delay_s, min(retry_after_s or 0.0, MAX_RETRY_AFTER_S) * (1 + JITTER * chance))


def _jittered(delay_s: float, chance: float) -> float:
    return delay_s * (1 - JITTER + 2 * JITTER * chance)
