"""Which records of the topic become events of a subscription."""

from __future__ import annotations

import structlog
from kafka.consumer.fetcher import ConsumerRecord

from consumers.webhooks.event import Event, kind_of
from groundswell import UnusableRecordError, decode
from groundswell.choice import Chosen
from groundswell.ledger import Ledger
from pipeline.webhook_settings import Subscription

MAX_STORIES = 200_000
"""Remembered, so that few revisions are sent twice and ends are told: 27 MB, and 8 MB where there is a filter."""

log = structlog.get_logger(__name__)


class Selection:
    """Drops revisions that were seen, stories that are not wanted, and records that can't be read."""

    def __init__(self, subscription: Subscription) -> None:
        self._name = subscription.name
        self._kinds = frozenset(subscription.events)
        self._ledger = Ledger(MAX_STORIES)
        self._chosen = Chosen(subscription.choice, MAX_STORIES, shared=True)

    def event_of(self, raw: ConsumerRecord) -> Event | None:
        """The event of a record; None where there is nothing to tell."""
        if raw.value is None:
            self.forget((raw.key or b"").decode("utf-8", "replace"))
            return None
        try:
            record = decode(raw.value)
        except UnusableRecordError as error:
            log.warning(
                "skipped a record that can't be used", subscription=self._name, reason=error.reason[:500],
                partition=raw.partition, offset=raw.offset,
            )  # fmt: skip
            return None
        if not self._ledger.take(record):
            return None
        wanted = self._chosen.takes(record)
        return Event.of(record, raw.value) if wanted and kind_of(record) in self._kinds else None

    def forget(self, story_id: str) -> None:
        """Its revisions are news again, and are chosen as before."""
        self._ledger.forget(story_id)
