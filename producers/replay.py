"""Replays article files: every line, or element of an array, goes to the topic as it stands.

Lines that are no article are sent too: the clusterer keeps them as dead letters, with the reason, so that
`lines in the file = joined + opened + duplicate + dead-lettered` holds without looking at the producer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from pipeline.adapters.articles_file import EXPECTED, MAX_LISTED, ArticlesFileError, RawLine, read_lines
from pipeline.adapters.kafka.article_producer import DeliveryError
from pipeline.domain.records.parse import InvalidArticle, parse_article
from pipeline.mendable import MendableError
from producers.rate import RateLimiter
from producers.sink import ArticleSink

log = structlog.get_logger(__name__)

BLOCKED_S = 5.0
"""A refusal that took longer is not about the line (too large), but about a broker that is away."""


class ReplayError(MendableError):
    """Some lines did not reach the topic."""


@dataclass(frozen=True)
class ReplaySummary:
    """What a replay did."""

    sent: int
    """Lines that Kafka acknowledged, valid or not."""
    invalid: int
    """Those of them that are no article; the clusterer will dead-letter them."""
    refusals: tuple[str, ...]
    """Where the first of these stand, and why they are none; the log has all of them."""
    files: int
    seconds: float


def replay(
    files: Iterable[Path],
    producer: ArticleSink,
    *,
    rate: float | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> ReplaySummary:
    """Send every line of the files, `rate` a second at most, and wait until Kafka has them.

    Raises ReplayError where Kafka did not take or acknowledge all of them (to replay again is safe, every
    article counts once) or none of them is an article, and ArticlesFileError where a file can't be read.
    """
    paths = list(files)
    started = clock()
    run = _Run(producer, RateLimiter(rate, clock, sleep), progress, clock)
    try:
        for path in paths:
            run.send_file(path)
    except ArticlesFileError:
        run.finish()  # what was read before the damage must be on the topic
        raise
    run.finish()
    summary = ReplaySummary(run.sent, run.invalid, tuple(run.refusals), len(paths), clock() - started)
    if summary.invalid and summary.invalid == summary.sent:
        raise ReplayError(f"no line is an article, expected {EXPECTED}; {told(summary)}")
    return summary


def told(summary: ReplaySummary) -> str:
    """What was sent, and which lines will be dead letters and why."""
    text = f"sent {summary.sent} lines, {summary.invalid} of them no article"
    if not summary.invalid:
        return text
    listed = "".join(f"\n  {each}" for each in summary.refusals)
    more = summary.invalid - len(summary.refusals)
    return f"{text}, kept as dead letters:{listed}" + (f"\n  and {more} more, see the log" if more else "")


def stderr_progress() -> Progress:
    """A progress bar on stderr; use it as a context manager around `replay`."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[lines]} articles"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


class _Run:
    """One replay: what was sent, and which lines Kafka refused."""

    def __init__(
        self,
        producer: ArticleSink,
        limiter: RateLimiter,
        progress: Progress | None,
        clock: Callable[[], float],
    ) -> None:
        self.sent = 0
        self.invalid = 0
        self.refusals: list[str] = []
        self._producer = producer
        self._limiter = limiter
        self._progress = progress
        self._clock = clock
        self._refused: list[str] = []

    def send_file(self, path: Path) -> None:
        bar = _Bar(self._progress, path)
        for line in read_lines(path):
            self._limiter.wait()
            self._send(path, line)
            bar.show(line)
        bar.complete()

    def finish(self) -> None:
        """Flush. Raises ReplayError naming what is missing."""
        try:
            self._producer.flush()
        except DeliveryError as error:
            raise ReplayError(f"{error}; replay the files again, no article counts twice") from error
        if self._refused:
            listed = "\n".join(f"  {each}" for each in self._refused[:MAX_LISTED])
            raise ReplayError(f"Kafka did not take {len(self._refused)} lines, but all others:\n{listed}")

    def _send(self, path: Path, line: RawLine) -> None:
        key, refusal = _read(line.data)
        started = self._clock()
        try:
            self._producer.send_raw(line.data, key)
        except DeliveryError as error:
            if self._clock() - started > BLOCKED_S:
                raise ReplayError(f"stopped at {path}:{line.place}, Kafka takes nothing: {error}") from error
            self._refused.append(f"{path}:{line.place}: {error}")
            log.error("line not taken", file=str(path), line=line.number, error=str(error))
            return
        self.sent += 1
        if refusal is not None:
            self._note(f"{path}:{line.place_of(refusal)}", refusal)

    def _note(self, place: str, refusal: InvalidArticle) -> None:
        self.invalid += 1
        if len(self.refusals) < MAX_LISTED:
            self.refusals.append(f"{place}: {refusal.what}")
        log.warning("line is no article, sent as it is", place=place, reason=refusal.what)


class _Bar:
    """The progress of one file, in bytes: counting lines first would read it twice."""

    EVERY_LINES = 64

    def __init__(self, progress: Progress | None, path: Path) -> None:
        self._progress = progress
        self._lines = 0
        if progress is not None and path.is_file():
            self._total = path.stat().st_size
            self._task = progress.add_task(path.name, total=self._total, lines=0)
        else:
            self._progress = None

    def show(self, line: RawLine) -> None:
        self._lines += 1
        if self._progress is not None and self._lines % self.EVERY_LINES == 0:
            self._progress.update(self._task, completed=line.position, lines=self._lines)

    def complete(self) -> None:
        if self._progress is not None:
            self._progress.update(self._task, completed=self._total, lines=self._lines)


def _read(data: bytes) -> tuple[bytes | None, InvalidArticle | None]:
    """The article's id, as the other producers key it; for what is no article none, and why."""
    try:
        return parse_article(data).article_id.encode(), None
    except InvalidArticle as refusal:
        return None, refusal
