"""Waiting for something that another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, TypeVar

T = TypeVar("T")


def eventually(
    probe: Callable[[], T | Literal[False] | None],
    *,
    timeout_s: float = 60.0,
    pause_s: float = 0.05,
    what: str = "",
) -> T:
    """Call `probe` until it returns something true, and return that; AssertionError after the time-out."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or probe} still {value!r} after {timeout_s:g} s")
        time.sleep(pause_s)
