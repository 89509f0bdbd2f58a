"""`groundswell bench latency`: from an article that is sent to a record on `stories` that has it.

What the pipeline can do is measured first, then articles are sent at shares of it, and at last all at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from groundswell.subscriber import Subscriber
from pipeline.domain.records.article import Article
from pipeline.quality.bench.machine import Machine
from pipeline.quality.bench.made_news import made_news
from pipeline.quality.bench.statistics import Spread, spread
from pipeline.runtime.bench.deployment import Deployment, Services
from pipeline.runtime.bench.through import WARM_UP, pass_through
from pipeline.settings import Settings

SHARES = (0.25, 0.5, 0.75)
MOST_LISTED = 100_000
"""Members in a record: an article that is in none can't be seen to arrive."""
PATIENCE_S = 120.0
"""For the last records; articles that are in none by then count as missing."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class LatencyOptions:
    """How much is sent, and what the publisher waits for by its settings."""

    settle_s: float
    interval_s: float
    shares: list[float] = field(default_factory=lambda: list(SHARES))
    """Of capacity."""
    seconds: float = 12.0
    """At each share; a burst is so many articles as capacity has in half of it."""
    capacity_articles: int = 400
    encoder_ms: float | None = None
    """An encoder that waits for so long; None: the one of the settings."""


@dataclass(frozen=True)
class LatencyRow:
    """One way of sending."""

    load: str
    """Share of capacity; a burst is sent at once."""
    articles: int
    """That were sent."""
    offered_per_s: float
    """Articles a second."""
    seconds: Spread | None
    """From sent to read."""
    missing: int
    """Articles that no record had in the end."""
    late_s: float
    """How far the sender fell behind its rate at most: above .1, the figures flatter."""


@dataclass(frozen=True)
class LatencyReport:
    """Produced to readable."""

    machine: Machine
    options: LatencyOptions
    capacity_articles_per_s: float
    rows: list[LatencyRow]


class Watch:
    """Notes when each article was first read in a record, by a subscriber as others use it. A context manager."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._subscriber = Subscriber(bootstrap_servers, topic)
        self._thread = threading.Thread(target=self._read, name="watch", daemon=True)
        self.seen: dict[str, float] = {}
        """Article id -> monotonic seconds."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._subscriber.stop()
        self._thread.join()

    def _read(self) -> None:
        with self._subscriber as stories:
            for story in stories:
                now = time.monotonic()
                for article in story.articles:
                    self.seen.setdefault(article.article_id, now)


def bench_latency(base: Settings, services: Services, options: LatencyOptions, tell: Tell) -> LatencyReport:
    """All shares of capacity, then the burst, on one edition."""
    machine = services.machine(None if options.encoder_ms is not None else base.encoder.threads)
    publisher = {"settle_s": options.settle_s, "interval_s": options.interval_s, "max_articles": MOST_LISTED}
    settings = services.settings(base, publisher=publisher)
    with (
        Deployment(services, settings, encoder_ms=options.encoder_ms) as deployment,
        Watch(settings.kafka.bootstrap_servers, settings.kafka.topics.stories) as watch,
    ):
        tell("measuring what the pipeline can do")
        pass_through(deployment, made_news(WARM_UP, "warm"))
        full = pass_through(deployment, made_news(options.capacity_articles, "capacity"))
        capacity = options.capacity_articles / full.seconds(options.settle_s + options.interval_s)
        rows = []
        for share in options.shares:
            tell(f"sending at {share:.0%} of {capacity:.1f} articles/s")
            rows.append(_at_rate(deployment, watch, f"{share:.0%}", share * capacity, options.seconds))
        tell("sending a burst")
        burst = made_news(max(1, round(capacity * options.seconds / 2)), "burst")
        rows.append(_measured(deployment, watch, "burst", burst, None))
    return LatencyReport(machine, options, round(capacity, 1), rows)


def _at_rate(deployment: Deployment, watch: Watch, load: str, per_s: float, seconds: float) -> LatencyRow:
    return _measured(deployment, watch, load, made_news(max(1, round(per_s * seconds)), f"at-{load}"), per_s)


def _measured(
    deployment: Deployment, watch: Watch, load: str, articles: Sequence[Article], per_s: float | None
) -> LatencyRow:
    """Send at a rate, None: as fast as it goes; then wait until all are read."""
    sent, late = send(articles, deployment, per_s)
    deadline = time.monotonic() + PATIENCE_S
    while not watch.seen.keys() >= sent.keys() and time.monotonic() < deadline:
        time.sleep(0.05)
    took = max(sent.values()) - min(sent.values())
    found = [watch.seen[each] - at for each, at in sent.items() if each in watch.seen]
    return LatencyRow(
        load=load,
        articles=len(sent),
        offered_per_s=round(per_s or len(sent) / max(took, 0.001), 1),
        seconds=spread(found),
        missing=len(sent) - len(found),
        late_s=round(late, 3),
    )


def send(
    articles: Sequence[Article], deployment: Deployment, per_s: float | None
) -> tuple[dict[str, float], float]:
    """When each article was sent, by its id, and how far the sender fell behind."""
    sent: dict[str, float] = {}
    late, started = 0.0, time.monotonic()
    for number, article in enumerate(articles):
        ahead = started + number / per_s - time.monotonic() if per_s else 0.0
        if ahead > 0:
            time.sleep(ahead)
        late = max(late, -ahead)
        sent[article.article_id] = time.monotonic()
        deployment.producer.send(article)
    deployment.producer.flush()
    return sent, late
