"""One visit of one feed: fetch, read, send what is new."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import structlog

from pipeline.records.article import Article
from pipeline.settings import FeedsSettings
from producers.delivery import deliver
from producers.feeds.articles import FeedArticles, feed_articles, read_feed
from producers.feeds.fetch import Failed, Fetched, Gone, NotModified, Validators, fetch
from producers.feeds.metrics import FeedMetrics, Visit
from producers.feeds.opml import FeedSource
from producers.feeds.parsed import FeedFormatError
from producers.feeds.seen import SeenArticles
from producers.metrics import Outcome
from producers.sink import ArticleSink

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class VisitReport:
    """How a visit ended, and what the next one needs to know."""

    result: Visit
    reason: str = ""
    validators: Validators | None = None
    """Only where everything that the feed held is on the topic: else the next visit must see it again."""
    moved_to: str | None = None
    retry_after_s: float | None = None


class Visitor:
    """What all visits share."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        sink: ArticleSink,
        settings: FeedsSettings,
        metrics: FeedMetrics,
        tell_ready: Callable[[bool, str], None],
    ) -> None:
        """`tell_ready` hears after each delivery whether Kafka is there, and if not, why."""
        self._client = client
        self._sink = sink
        self._settings = settings
        self._metrics = metrics
        self._tell_ready = tell_ready
        self._seen = SeenArticles()

    async def visit(self, source: FeedSource, url: str, validators: Validators) -> VisitReport:
        """Visit the feed once. Whatever is wrong with it ends in the report; nothing is raised."""
        with self._metrics.visit_seconds.time(), self._metrics.in_progress.track_inprogress():
            try:
                report = await self._visit(source, url, validators)
            except Exception as error:
                # A mistake of ours or of a library in one feed must not end all the others.
                log.exception("visit of a feed broke off", feed=source.url)
                report = VisitReport(Visit.UNREADABLE, f"{type(error).__name__}: {error}")
        self._metrics.visits.labels(report.result).inc()
        return report

    async def _visit(self, source: FeedSource, url: str, validators: Validators) -> VisitReport:
        answer = await fetch(
            self._client,
            url,
            validators,
            timeout_s=self._settings.timeout_s,
            max_bytes=self._settings.max_bytes,
        )
        match answer:
            case NotModified(moved_to):
                return VisitReport(Visit.NOT_MODIFIED, validators=validators, moved_to=moved_to)
            case Gone():
                return VisitReport(Visit.GONE, "HTTP 410 Gone")
            case Failed(reason, retry_after_s, throttled):
                result = Visit.THROTTLED if throttled else Visit.FAILED
                return VisitReport(result, reason, retry_after_s=retry_after_s)
            case Fetched():
                # In a thread: parsing takes seconds for a large feed, sending as long as Kafka takes.
                return await asyncio.to_thread(self._take, source, answer)

    def _take(self, source: FeedSource, answer: Fetched) -> VisitReport:
        self._metrics.bytes.inc(len(answer.body))
        try:
            feed = read_feed(answer.body, answer.url, answer.headers.get("content-type", ""))
        except FeedFormatError as error:
            return VisitReport(Visit.UNREADABLE, str(error))
        errors = self._send_new(feed_articles(feed, source, answer.url, datetime.now(UTC)))
        if errors:
            return VisitReport(Visit.UNDELIVERED, f"{len(errors)} articles: {errors[0]}")
        return VisitReport(Visit.FETCHED, validators=answer.validators, moved_to=answer.moved_to)

    def _send_new(self, found: FeedArticles) -> list[str]:
        """Send the articles that no visit sent before; what went wrong with each that Kafka did not take."""
        new = [each for each in found.articles if self._seen.claim(each.article_id)]
        fates = deliver(self._sink, new)
        self._count(found, new, fates)
        for article, fate in zip(new, fates, strict=True):
            if fate is not None:
                self._seen.forget(article.article_id)
        errors = [fate for fate in fates if fate is not None]
        if new:
            self._tell_ready(not errors, errors[0] if errors else "")
        return errors

    def _count(self, found: FeedArticles, new: list[Article], fates: list[str | None]) -> None:
        sent = fates.count(None)
        self._metrics.took(found.entries)
        self._metrics.done(Outcome.INVALID, found.entries - len(found.articles))
        self._metrics.done(Outcome.DUPLICATE, len(found.articles) - len(new))
        self._metrics.done(Outcome.SENT, sent)
        self._metrics.done(Outcome.FAILED, len(new) - sent)
