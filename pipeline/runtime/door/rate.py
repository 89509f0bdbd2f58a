"""How many requests somebody may make."""

from __future__ import annotations

import hashlib
import math
import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class RequestRate:
    """Lets in so many requests of each name a minute, in any minute; 0 lets in all.

    Counted in this process: behind a load balancer each instance has a bound of its own.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._bound = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def wait_s(self, name: bytes) -> int | None:
        """Count a request of this name, which may be a secret. None lets it in; else it may come after so long."""
        hashed = hashlib.sha256(name).hexdigest()  # the secret itself stays where it is
        if self._bound is None or self._limiter.hit(self._bound, hashed):
            return None
        free_at = self._limiter.get_window_stats(self._bound, hashed).reset_time
        return max(1, math.ceil(free_at - time.time()))
