"""Takes records of the topic in, one by one: decodes, drops and counts."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from kafka.consumer.fetcher import ConsumerRecord

from groundswell.choice import Chosen
from groundswell.decoding import Fault, UnusableRecordError, decode
from groundswell.ledger import Ledger
from groundswell.observer import Observer
from groundswell.record import StoryRecord

log = logging.getLogger(__name__)

WARN_EVERY_S = 10.0
"""Of each fault. After an upgrade of the publisher every record may be newer: one line each would be a flood."""


@dataclass
class Counts:
    """Records since the start, by what became of them; they add up to those read."""

    delivered: int = 0
    stale: int = 0
    """Dropped: this revision or a later one was seen before, or the story was known to be merged."""
    malformed: int = 0
    newer: int = 0
    """Of a later major version of the schema."""
    unwanted: int = 0
    """Of stories that were not chosen (see `Choice`)."""
    removed: int = 0
    """Tombstones."""


class Intake:
    """No record is fatal: what can't be used is warned of, counted and skipped."""

    def __init__(self, ledger: Ledger, chosen: Chosen, observer: Observer) -> None:
        self.counts = Counts()
        self._ledger = ledger
        self._chosen = chosen
        self._observer = observer
        self._warned_s: dict[Fault, float] = {}

    def take(self, raw: ConsumerRecord) -> StoryRecord | None:
        """The record where it says something new."""
        if raw.value is None:
            self._remove(_key(raw))
            return None
        try:
            record = decode(raw.value)
        except UnusableRecordError as error:
            self._skip(raw, error)
            return None
        if not self._ledger.take(record):
            self.counts.stale += 1
            self._observer.stale(record.story_id)
            return None
        if not self._chosen.takes(record):
            self.counts.unwanted += 1
            return None
        self.counts.delivered += 1
        return record

    def _remove(self, story_id: str) -> None:
        self._ledger.forget(story_id)
        self._chosen.forget(story_id)
        self.counts.removed += 1
        self._observer.removed(story_id)

    def _skip(self, raw: ConsumerRecord, error: UnusableRecordError) -> None:
        total = getattr(self.counts, error.fault.value) + 1
        setattr(self.counts, error.fault.value, total)
        self._observer.skipped(error.fault)
        now_s = time.monotonic()
        if now_s - self._warned_s.get(error.fault, float("-inf")) >= WARN_EVERY_S:
            self._warned_s[error.fault] = now_s
            log.warning(
                "skipped a record that can't be used (%s, %d so far): "
                "partition %d of topic %s, offset %d, key %.100s: %.500s",
                error.fault.value, total, raw.partition, raw.topic, raw.offset, _key(raw), error.reason,
            )  # fmt: skip


def _key(raw: ConsumerRecord) -> str:
    return (raw.key or b"").decode("utf-8", "replace")
