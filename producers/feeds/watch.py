"""Watches one feed for as long as the producer runs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import structlog

from producers.feeds.fetch import Validators
from producers.feeds.metrics import FeedHealth, FeedMetrics, Visit
from producers.feeds.opml import FeedSource
from producers.feeds.schedule import Schedule
from producers.feeds.visit import Visitor, VisitReport

log = structlog.get_logger(__name__)

_GOOD = (Visit.FETCHED, Visit.NOT_MODIFIED)


class Watch:
    """The state of one feed, and the loop that visits it. A feed never knows of the others."""

    def __init__(
        self,
        source: FeedSource,
        visitor: Visitor,
        schedule: Schedule,
        metrics: FeedMetrics,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.source = source
        self.url = source.url
        self.health = FeedHealth.NEW
        self._validators = Validators()
        self._failures = 0
        self._visitor = visitor
        self._schedule = schedule
        self._metrics = metrics
        self._chance = chance
        metrics.feeds.labels(self.health).inc()

    async def run(self, stop: asyncio.Event, places: asyncio.Semaphore) -> None:
        """Visit again and again, until `stop` or until the feed is gone."""
        while not stop.is_set():
            async with places:
                if stop.is_set():
                    return
                report = await self._visitor.visit(self.source, self.url, self._validators)
            delay_s = self.learn(report)
            if delay_s is None:
                return
            try:
                await asyncio.wait_for(stop.wait(), delay_s)
            except TimeoutError:
                continue

    def learn(self, report: VisitReport) -> float | None:
        """Take in how a visit ended; seconds until the next one, None for never."""
        if report.moved_to and report.moved_to != self.url:
            log.warning("feed moved for good, change the list", feed=self.source.url, to=report.moved_to)
            self._metrics.moved.inc()
            self.url = report.moved_to
        if report.result is Visit.GONE:
            self._change(FeedHealth.GONE, report)
            return None
        if report.result in _GOOD:
            self._failures = 0
            self._validators = report.validators or Validators()
            self._change(FeedHealth.OK, report)
            return self._schedule.after_success(self._chance())
        return self._learn_failure(report)

    def _learn_failure(self, report: VisitReport) -> float:
        self._change(FeedHealth.FAILING, report)
        if report.result is Visit.UNDELIVERED:
            # Not the feed's fault: visit it again at its usual time.
            return self._schedule.after_success(self._chance())
        self._failures += 1
        return self._schedule.after_failures(self._failures, report.retry_after_s, self._chance())

    def _change(self, health: FeedHealth, report: VisitReport) -> None:
        """Log the first visit of each state only: a feed that is down for a week is one line."""
        if health is self.health:
            return
        before, self.health = self.health, health
        self._metrics.feeds.labels(before).dec()
        self._metrics.feeds.labels(health).inc()
        tell = log.info if health is FeedHealth.OK else log.warning
        tell(f"feed is {health}", feed=self.source.url, before=before, result=report.result, why=report.reason)
