"""Our clock against that of Redis, by which stories are numbered and ages are told."""

from __future__ import annotations

import time
from collections.abc import Iterator

from pipeline.runtime.doctor.finding import Finding, ok, warning, wrong
from pipeline.runtime.doctor.reach import Reach

OFF_S = 2.0
FAR_OFF_S = 60.0


def check_clock(reach: Reach) -> Iterator[Finding]:
    """Taken in the middle of the question's way there and back."""
    before = time.time()
    seconds, microseconds = (int(each) for each in reach.ask("TIME"))
    after = time.time()
    off_s = (before + after) / 2 - (seconds + microseconds / 1e6)
    where = "ahead of" if off_s > 0 else "behind"
    said = f"this machine's is {abs(off_s):.2f} s {where} that of Redis (told to {(after - before) / 2:.2f} s)"
    todo = "keep both in step by NTP: dates ahead of a clock count as unknown, ages as wrong"
    if abs(off_s) > FAR_OFF_S:
        yield wrong("clock", said, todo)
    elif abs(off_s) > OFF_S:
        yield warning("clock", said, todo)
    else:
        yield ok("clock", said)
