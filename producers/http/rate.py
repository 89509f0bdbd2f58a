"""How many requests a token may make."""

from __future__ import annotations

import hashlib
import math
import time

from fastapi import HTTPException
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from producers.http.body import CLOSE


class TokenRate:
    """Lets in so many requests of each token a minute, in any minute; 0 lets in all.

    Counted in this process: behind a load balancer each instance has a bound of its own.
    """

    def __init__(self, per_minute: int) -> None:
        self._bound = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, token: bytes) -> None:
        """Raise 429 where the token has used up its minute; it says when to come again."""
        name = hashlib.sha256(token).hexdigest()  # the secret itself stays where it is
        if self._bound is None or self._limiter.hit(self._bound, name):
            return
        free_at = self._limiter.get_window_stats(self._bound, name).reset_time
        wait_s = max(1, math.ceil(free_at - time.time()))
        raise HTTPException(
            429,
            f"more than {self._bound.amount} requests a minute with this token; send several articles in one",
            {"Retry-After": str(wait_s), **CLOSE},
        )
