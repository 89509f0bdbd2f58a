"""The gaps of the crash walk in docs/architecture.md, where a test can have a process kill itself.

A kill from outside hits one of them by luck; `GROUNDSWELL_KILL_AT=letters-written:3` ends the process, as
SIGKILL does, the third time that it comes there. Without the variable nothing happens.
"""

from __future__ import annotations

import os
import signal
import time
from enum import StrEnum

VARIABLE = "GROUNDSWELL_KILL_AT"
"""Holds `GAP` or `GAP:COUNT`."""

SETTLE_S = 0.1
"""The Kafka client sends from a thread of its own: what was handed to it before the gap shall be on its way."""


class Gap(StrEnum):
    """Between two steps of a batch or of a publisher's round; each is a row of the crash walk."""

    LETTERS_UNWRITTEN = "letters-unwritten"
    """Clusterer, before step 4: there are letters to write, none is written."""
    LETTERS_OPEN = "letters-open"
    """Clusterer, inside the transaction of step 4."""
    LETTERS_WRITTEN = "letters-written"
    """Clusterer, after step 4 and before step 5."""
    BATCH_UNSENT = "batch-unsent"
    """Clusterer, in step 6 before Redis has the script."""
    BATCH_APPLIED = "batch-applied"
    """Clusterer, in step 6: Redis has applied the batch, the clusterer has not looked at the answer."""
    OFFSETS_UNTOLD = "offsets-untold"
    """Clusterer, in step 7: all is kept, Kafka has not heard of it."""
    SHARD_LEASED = "shard-leased"
    """Publisher, after step 1 and before step 2."""
    STORIES_READ = "stories-read"
    """Publisher, after step 4 and before step 5."""
    RECORDS_OPEN = "records-open"
    """Publisher, inside the transaction of step 5."""
    RECORDS_COMMITTED = "records-committed"
    """Publisher, after the commit of step 5 and before step 6."""
    ONE_ACKNOWLEDGED = "one-acknowledged"
    """Publisher, in the middle of step 6: at least one record is acknowledged."""


class SwitchGap(StrEnum):
    """Between two steps of `groundswell rebuild switch`; its module has them in a table."""

    EDITION_RETIRED = "edition-retired"
    """After step 2 and before step 3."""
    PRODUCERS_FENCED = "producers-fenced"
    """After step 3 and before step 4."""
    ALL_READ = "all-read"
    """After step 4 and before step 5."""
    CORRECTIONS_CARRIED = "corrections-carried"
    """After step 5 and before step 6."""


def at(gap: Gap | SwitchGap) -> None:
    """The process stands in this gap: end it here if that was asked for and this is the time."""
    chosen, _, count = os.environ.get(VARIABLE, "").partition(":")
    if chosen != gap:
        return
    left = int(count or 1) - 1
    if left <= 0:
        time.sleep(SETTLE_S)
        os.kill(os.getpid(), signal.SIGKILL)
    os.environ[VARIABLE] = f"{gap}:{left}"
