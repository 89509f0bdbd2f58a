"""Watches one feed for as long as the producer runs."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from pipeline.domain.text import clean_line
from producers.feeds.database import StateError
from producers.feeds.feed_metrics import FeedHealth, FeedMetrics, Visit
from producers.feeds.opml import FeedSource
from producers.feeds.schedule import JITTER, MAX_WAIT_S, Schedule
from producers.feeds.state import FeedState, FeedStates
from producers.feeds.visit import Visitor, VisitReport

log = structlog.get_logger(__name__)

MAX_ERROR_CHARS = 500
"""Of the last error that is kept: some quote what the server sent."""
_GOOD = (Visit.FETCHED, Visit.NOT_MODIFIED)


def utc_now() -> datetime:
    """The time, as an aware UTC datetime."""
    return datetime.now(UTC)


class Watch:
    """The state of one feed, and the loop that visits it. A feed never knows of the others."""

    def __init__(
        self,
        source: FeedSource,
        visitor: Visitor,
        schedule: Schedule,
        metrics: FeedMetrics,
        states: FeedStates,
        chance: Callable[[], float] = random.random,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Goes on where the state says that the last run ended. Raises StateError."""
        self.source = source
        self.feed, self.state = states.load(source.url)
        self._visitor = visitor
        self._schedule = schedule
        self._metrics = metrics
        self._states = states
        self._chance = chance
        self._now = now
        metrics.feeds.labels(self.state.health).inc()

    async def run(self, stop: asyncio.Event, places: asyncio.Semaphore) -> None:
        """Visit again and again, until `stop` or until the feed is gone."""
        if self.state.health is FeedHealth.GONE:
            log.warning("feed is gone, not visited", feed=self.source.url, since=str(self.state.error_at))
        while (wait_s := self.wait_s()) is not None:
            try:
                await asyncio.wait_for(stop.wait(), wait_s)
                return
            except TimeoutError:
                pass
            async with places:
                if stop.is_set():
                    return
                report = await self._visitor.visit(self.source, self.feed, self.state)
            self.learn(report)

    def wait_s(self) -> float | None:
        """Seconds until the next visit; None: never, the feed is gone."""
        if self.state.health is FeedHealth.GONE:
            return None
        if self.state.next_at is None:
            return 0.0
        # A clock that was wrong when the state was written must not put the feed off for years.
        longest_s = max(MAX_WAIT_S, self._schedule.longest_s * (1 + JITTER))
        return min(longest_s, max(0.0, (self.state.next_at - self._now()).total_seconds()))

    def learn(self, report: VisitReport) -> None:
        """Take in how a visit ended, decide on the next one, and write both down."""
        if report.moved_to and report.moved_to != self.state.url:
            log.warning("feed moved for good, change the list", feed=self.source.url, to=report.moved_to)
            self._metrics.moved.inc()
            self.state = replace(self.state, url=report.moved_to)
        if report.result in _GOOD:
            after = self._after_success(report)
        elif report.result is Visit.GONE and self.state.url == self.source.url:
            after = replace(self.state, health=FeedHealth.GONE, next_at=None)
        else:
            after = self._after_failure(report)
        self._tell(after.health, report)
        self.state = replace(after, result=report.result, visited_at=self._now())
        if report.result not in _GOOD:
            error = clean_line(report.reason)[:MAX_ERROR_CHARS]
            self.state = replace(self.state, error=error, error_at=self._now())
        self._save()

    def _after_success(self, report: VisitReport) -> FeedState:
        rhythm_s = self._schedule.rhythm_s(self.state.rhythm_s, report.found)
        delay_s = self._schedule.after_success(rhythm_s, report.wished_s, self._chance())
        return replace(
            self.state,
            health=FeedHealth.OK,
            failures=0,
            validators=report.validators,
            rhythm_s=rhythm_s,
            next_at=self._in(delay_s),
        )

    def _after_failure(self, report: VisitReport) -> FeedState:
        rhythm_s = max(self.state.rhythm_s or 0.0, self._schedule.interval_s)
        if report.result is Visit.UNDELIVERED:
            # Not the feed's fault: visit it again at its usual time.
            delay_s = self._schedule.after_success(rhythm_s, 0.0, self._chance())
            return replace(self.state, health=FeedHealth.FAILING, next_at=self._in(delay_s))
        failures = self.state.failures + 1
        delay_s = self._schedule.after_failures(rhythm_s, failures, report.retry_after_s, self._chance())
        return replace(
            self.state,
            # A move that leads nowhere may have been a mistake of the server: begin at the list's address again.
            url=self.source.url,
            health=FeedHealth.FAILING,
            failures=failures,
            next_at=self._in(delay_s),
        )

    def _in(self, delay_s: float) -> datetime:
        return self._now() + timedelta(seconds=delay_s)

    def _tell(self, health: FeedHealth, report: VisitReport) -> None:
        """Log the first visit of each state only: a feed that is down for a week is one line."""
        before = self.state.health
        if health is before:
            return
        self._metrics.feeds.labels(before).dec()
        self._metrics.feeds.labels(health).inc()
        tell = log.info if health is FeedHealth.OK else log.warning
        tell(f"feed is {health}", feed=self.source.url, before=before, result=report.result, why=report.reason)

    def _save(self) -> None:
        """A full disk stops no feed: what can't be written down is known until the producer ends."""
        try:
            self._states.save(self.feed, self.state)
        except StateError as error:
            self._metrics.state_errors.inc()
            log.warning("state of a feed was not kept", feed=self.source.url, error=str(error))
