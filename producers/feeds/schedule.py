"""When to visit a feed again."""

from __future__ import annotations

from dataclasses import dataclass

MAX_BACKOFF_S = 6 * 3600.0
"""A feed that fails is still visited this often: most come back."""
MAX_RETRY_AFTER_S = 24 * 3600.0
"""No server keeps us away for longer by one header."""
MAX_WAIT_S = 2 * MAX_RETRY_AFTER_S
"""No feed is put off for longer, but by a longer interval, whatever the clock was when its visit was fixed."""
JITTER = 0.1
"""Of every delay: feeds of one server must not fall into step."""
FASTER = 0.5
SLOWER = 1.5
"""A visit that found something new halves the interval, one in vain lengthens it by half. The two balance where
about every third visit finds something: each feed settles at its own rhythm, and follows it through the day."""
_MAX_DOUBLINGS = 32


@dataclass(frozen=True)
class Schedule:
    """Turns what happened into the delay until the next visit."""

    interval_s: float
    """Between two visits of a busy feed; none is visited more often."""
    max_interval_s: float = 0.0
    """Between two visits of a quiet feed; where it is not above `interval_s`, all are visited at that."""

    @property
    def longest_s(self) -> float:
        """Between two visits of a feed that works."""
        return max(self.interval_s, self.max_interval_s)

    def rhythm_s(self, before_s: float | None, found: bool) -> float:
        """The feed's interval after a visit that found something new, or nothing."""
        before_s = self.interval_s if before_s is None else before_s
        return min(self.longest_s, max(self.interval_s, before_s * (FASTER if found else SLOWER)))

    def after_success(self, rhythm_s: float, wished_s: float, chance: float) -> float:
        """Seconds; never less than the feed wishes, up to the longest interval. `chance` is uniform in [0, 1)."""
        return max(_jittered(rhythm_s, chance), _after(min(wished_s, self.longest_s), chance))

    def after_failures(self, rhythm_s: float, failures: int, retry_after_s: float | None, chance: float) -> float:
        """Seconds after so many failures in a row: doubled each time, never less than the server wants."""
        backoff_s = rhythm_s * 2 ** min(failures, _MAX_DOUBLINGS)
        delay_s = _jittered(min(backoff_s, max(MAX_BACKOFF_S, rhythm_s)), chance)
        return max(delay_s, _after(min(retry_after_s or 0.0, MAX_RETRY_AFTER_S), chance))


def _jittered(delay_s: float, chance: float) -> float:
    return delay_s * (1 - JITTER + 2 * JITTER * chance)


def _after(wished_s: float, chance: float) -> float:
    """Somewhat later than wished, never before."""
    return wished_s * (1 + JITTER * chance)
