"""Sends the articles of archives, and goes on where the last run ended.

What is written down as read is on the topic: progress moves only after Kafka's acknowledgement. A run that is
killed sends its last batch again, and each article counts once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog
from rich.progress import Progress as Bars

from pipeline.domain.records.article import Article
from pipeline.mendable import MendableError
from producers.backfill.archive import Opened, Record, opened
from producers.backfill.page import article_of
from producers.backfill.progress import Progress, load, save
from producers.delivery import deliver
from producers.rate import RateLimiter
from producers.sink import ArticleSink

log = structlog.get_logger(__name__)

BATCH_RECORDS = 300
"""Between two notes of the progress; in Common Crawl's archives about a hundred pages, some seconds."""


class BackfillError(MendableError):
    """Kafka did not acknowledge all that was sent."""


@dataclass(frozen=True)
class Summary:
    """What a run sent."""

    articles: int
    pages: int
    """HTML pages that were looked at."""


def backfill(
    archives: Iterable[str],
    sink: ArticleSink,
    folder: Path,
    *,
    topic: str | None = None,
    rate: float | None = None,
    stop: threading.Event | None = None,
    bars: Bars | None = None,
) -> Summary:
    """Send the articles of all archives, one after the other, until `stop` is set.

    Raises BackfillError, ArchiveError and ProgressError; run again, it goes on behind what is on the topic.
    """
    run = _Run(sink, folder, RateLimiter(rate), stop or threading.Event(), bars)
    for archive in archives:
        run.read(archive, topic)
    return Summary(run.articles, run.pages)


@dataclass
class _Batch:
    """What lies between two notes of the progress."""

    records: int = 0
    pages: int = 0
    articles: list[Article] = field(default_factory=list)

    def take(self, record: Record) -> None:
        self.records += 1
        if record.page is None:
            return
        self.pages += 1
        article = article_of(record.page)
        if article is not None:
            self.articles.append(article)


class _Run:
    def __init__(
        self, sink: ArticleSink, folder: Path, limiter: RateLimiter, stop: threading.Event, bars: Bars | None
    ) -> None:
        self.articles = 0
        self.pages = 0
        self._sink = sink
        self._folder = folder
        self._limiter = limiter
        self._stop = stop
        self._bars = bars

    def read(self, archive: str, topic: str | None) -> None:
        progress = load(self._folder, archive, topic)
        if progress.done or self._stop.is_set():
            log.info("archive not read", archive=archive, done=progress.done)
            return
        with opened(archive, progress.offset) as source:
            progress = self._take(source, progress)
        log.info("archive read", archive=archive, done=progress.done, articles=progress.articles)

    def _take(self, source: Opened, progress: Progress) -> Progress:
        bar = _Bar(self._bars, progress, source.size)
        batch = _Batch()
        for record in source.records:
            if batch.records >= BATCH_RECORDS:
                progress, batch = self._send(batch, replace(progress, offset=record.offset)), _Batch()
                bar.show(progress)
                if self._stop.is_set():
                    return progress
            batch.take(record)
        progress = self._send(batch, replace(progress, offset=source.size or progress.offset, done=True))
        bar.show(progress)
        return progress

    def _send(self, batch: _Batch, after: Progress) -> Progress:
        """Send a batch; then write down that all before `after` is on the topic."""
        self._deliver(batch.articles)
        self.articles += len(batch.articles)
        self.pages += batch.pages
        after = replace(after, articles=after.articles + len(batch.articles), pages=after.pages + batch.pages)
        save(self._folder, after)
        return after

    def _deliver(self, articles: list[Article]) -> None:
        for _ in articles:
            self._limiter.wait()
        errors = [fate for fate in deliver(self._sink, articles) if fate is not None]
        if errors:
            raise BackfillError(
                f"Kafka did not acknowledge {len(errors)} of {len(articles)} articles: {errors[0]}; "
                "run again, and it goes on with them"
            )


class _Bar:
    """The progress of one archive, in bytes."""

    def __init__(self, bars: Bars | None, progress: Progress, size: int | None) -> None:
        self._bars = bars
        if bars is not None:
            self._task = bars.add_task(Path(progress.archive).name, total=size, lines=progress.articles)
            self.show(progress)

    def show(self, progress: Progress) -> None:
        if self._bars is not None:
            self._bars.update(self._task, completed=progress.offset, lines=progress.articles)
