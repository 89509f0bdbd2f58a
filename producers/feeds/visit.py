"""One visit of one feed: fetch, read, send what is new."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import structlog

from pipeline.domain.records.article import Article
from pipeline.settings import FeedsSettings
from producers.delivery import deliver
from producers.feeds.articles import FeedArticles, feed_articles, read_feed
from producers.feeds.database import StateError
from producers.feeds.feed_metrics import FeedMetrics, Visit
from producers.feeds.fetch import NO_VALIDATORS, Failed, Fetched, Gone, NotModified, Validators, fetch
from producers.feeds.headers import ttl_s
from producers.feeds.opml import FeedSource
from producers.feeds.pages import Pages
from producers.feeds.parsed import FeedFormatError
from producers.feeds.seen import SeenArticles, Sorted
from producers.feeds.state import FeedState
from producers.producer_metrics import ItemOutcome
from producers.sink import ArticleSink

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class VisitReport:
    """How a visit ended, and what the next one needs to know."""

    result: Visit
    reason: str = ""
    validators: Validators = NO_VALIDATORS
    """Only where everything that the feed held is on the topic: else the next visit must see it again."""
    moved_to: str | None = None
    retry_after_s: float | None = None
    found: bool = False
    """Something was new or changed."""
    wished_s: float = 0.0
    """For how long server and feed say that nothing will change."""


@dataclass(frozen=True)
class _Read:
    """What a feed holds, and what of it the topic lacks."""

    found: FeedArticles
    standing: Sorted
    ttl: str | None


class Visitor:
    """What all visits share."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        sink: ArticleSink,
        settings: FeedsSettings,
        metrics: FeedMetrics,
        seen: SeenArticles,
        tell_ready: Callable[[bool, str], None],
    ) -> None:
        """`tell_ready` hears after each delivery whether Kafka is there, and if not, why."""
        self._client = client
        self._sink = sink
        self._settings = settings
        self._metrics = metrics
        self._tell_ready = tell_ready
        self._seen = seen
        self._pages = Pages(client, settings, metrics)

    async def visit(self, source: FeedSource, feed: int, state: FeedState) -> VisitReport:
        """Visit the feed once; `feed` is its number in the state.

        Whatever is wrong with it ends in the report; nothing is raised.
        """
        with self._metrics.visit_seconds.time(), self._metrics.in_progress.track_inprogress():
            try:
                report = await self._visit(source, feed, state)
            except Exception as error:
                # A mistake of ours or of a library in one feed must not end all the others.
                log.exception("visit of a feed broke off", feed=source.url)
                report = VisitReport(Visit.UNREADABLE, f"{type(error).__name__}: {error}")
        self._metrics.visits.labels(report.result).inc()
        return report

    async def _visit(self, source: FeedSource, feed: int, state: FeedState) -> VisitReport:
        answer = await fetch(
            self._client,
            state.url,
            state.validators,
            timeout_s=self._settings.timeout_s,
            max_bytes=self._settings.max_bytes,
        )
        match answer:
            case NotModified(validators, moved_to, fresh_s):
                return VisitReport(Visit.NOT_MODIFIED, validators=validators, moved_to=moved_to, wished_s=fresh_s)
            case Gone():
                return VisitReport(Visit.GONE, "HTTP 410 Gone")
            case Failed(reason, retry_after_s, throttled):
                result = Visit.THROTTLED if throttled else Visit.FAILED
                return VisitReport(result, reason, retry_after_s=retry_after_s)
            case Fetched():
                return await self._take(source, feed, answer)

    async def _take(self, source: FeedSource, feed: int, answer: Fetched) -> VisitReport:
        self._metrics.bytes.inc(len(answer.body))
        # In threads: parsing takes seconds for a large feed, sending as long as Kafka takes.
        try:
            read = await asyncio.to_thread(self._read, source, feed, answer)
        except FeedFormatError as error:
            return VisitReport(Visit.UNREADABLE, str(error))
        unsent = read.standing.outgoing(datetime.now(UTC))
        completed = await self._pages.complete(unsent) if source.full_text else unsent
        errors = await asyncio.to_thread(self._send, source, feed, read, completed)
        if errors:
            return VisitReport(Visit.UNDELIVERED, f"{len(errors)} articles: {errors[0]}")
        waits = len(completed) < len(unsent)
        return VisitReport(
            Visit.FETCHED,
            # What waits for its page must be in the next answer again.
            validators=NO_VALIDATORS if waits else answer.validators,
            moved_to=answer.moved_to,
            found=bool(unsent),
            wished_s=0.0 if waits else max(answer.fresh_s, ttl_s(read.ttl)),
        )

    def _read(self, source: FeedSource, feed: int, answer: Fetched) -> _Read:
        """Raises FeedFormatError."""
        parsed = read_feed(answer.body, answer.url, answer.headers.get("content-type", ""))
        found = feed_articles(parsed, source, answer.url, datetime.now(UTC))
        return _Read(found, self._seen.sort(feed, found.articles), parsed.ttl)

    def _send(self, source: FeedSource, feed: int, read: _Read, completed: Sequence[Article]) -> list[str]:
        """Send what is complete; how it went wrong for those that Kafka did not acknowledge."""
        self._begin(source, feed, read.standing, completed)
        fates = deliver(self._sink, completed)
        self._count(read, fates)
        self._remember(source, feed, read.standing, fates)
        errors = [fate for fate in fates if fate is not None]
        if fates:
            self._tell_ready(not errors, errors[0] if errors else "")
        return errors

    def _begin(self, source: FeedSource, feed: int, standing: Sorted, completed: Sequence[Article]) -> None:
        """News waits for no disk: what can't be marked there is sent all the same."""
        if not completed:
            return
        try:
            self._seen.begin(feed, standing.unsent[: len(completed)], completed)
        except StateError as error:
            self._metrics.state_errors.inc()
            log.warning("articles are sent and not marked as under way", feed=source.url, error=str(error))

    def _remember(self, source: FeedSource, feed: int, standing: Sorted, fates: list[str | None]) -> None:
        """Only what Kafka acknowledged: what is marked as seen is never sent again. In the feed's version,
        with which the next one is compared.
        """
        acknowledged = [each for each, fate in zip(standing.unsent, fates, strict=False) if fate is None]
        try:
            self._seen.remember(feed, [*acknowledged, *standing.known])
        except StateError as error:
            self._metrics.state_errors.inc()
            log.warning("articles were sent and not marked as seen", feed=source.url, error=str(error))

    def _count(self, read: _Read, fates: list[str | None]) -> None:
        """What waits for its page does not count as taken yet."""
        entries, articles, standing = read.found.entries, len(read.found.articles), read.standing
        waiting, sent = len(standing.unsent) - len(fates), fates.count(None)
        self._metrics.took(entries - waiting)
        self._metrics.done(ItemOutcome.INVALID, entries - articles)
        self._metrics.done(ItemOutcome.DUPLICATE, articles - len(standing.unsent))
        self._metrics.done(ItemOutcome.SENT, sent)
        self._metrics.done(ItemOutcome.FAILED, len(fates) - sent)
        self._metrics.corrected.inc(fates[len(standing.new) :].count(None))
