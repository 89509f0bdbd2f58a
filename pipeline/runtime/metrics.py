"""Every Prometheus metric of the clusterer and the publisher, in one place.

For each stage: items in, items out, in progress, and the time of the last one. Units are base units. No
label grows with the data: never a story id, an outlet or a feed. Each role owns one registry, so that two
roles in one process (the demo, the tests) never share a series. Label values are all created at the start:
a series that first appears with its first increment hides that increment from `rate()`.

The board and the producers keep their own metrics beside their code, made with `new_registry` too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

_BATCH_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_PUBLISH_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATENCY_BUCKETS = (0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 900, 3600)
"""Fine around `settle_s` and `interval_s`, coarse where only an alert looks."""


class ArticleOutcome(StrEnum):
    """What an input record ended as; the sum over all of them equals the records committed."""

    JOINED = "joined"
    """It joined a live story."""
    OPENED = "opened"
    """It opened a story of its own."""
    DUPLICATE = "duplicate"
    """The same article was there before; it counts once, and its newest version. So does a withdrawal."""
    DEAD_LETTERED = "dead_lettered"
    """It can't be used and went to the dead-letter topic."""


class BatchStage(StrEnum):
    """The steps of one batch in the clusterer, in their order."""

    POLL = "poll"
    """Waiting for Kafka and for the batch to fill."""
    ENCODE = "encode"
    """Sentence vectors; where the time should go."""
    DECIDE = "decide"
    """Which story each article belongs to."""
    COMMIT = "commit"
    """The atomic script in Redis, its retries included."""


class Refusal(StrEnum):
    """Why the store refused a batch."""

    STALE = "stale"
    """Others changed stories since; the batch is scored again against the difference."""
    FENCED = "fenced"
    """The position of a partition moved: somebody else owns it now, the batch is dropped."""
    OVERTAKEN = "overtaken"
    """Stale time after time: the batch is given back and read again, a sweep is tried again later."""


class LossCause(StrEnum):
    """Why a stored position points at nothing."""

    EXPIRED = "expired"
    """The topic no longer reaches back so far: records went before they were read."""
    REPLACED = "replaced"
    """The topic was deleted and made again; its records are others."""
    TRUNCATED = "truncated"
    """The topic ends before the position: the broker lost records, or made the topic again and tells no id."""


def new_registry(role: str) -> CollectorRegistry:
    """A registry with the process' own figures and `groundswell_build_info`; one per role."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each counter, unused
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    info = Gauge("groundswell_build_info", "Always 1; says which version runs in which role",
                 ["version", "role"], registry=registry)
    info.labels(version=_version(), role=role).set(1)
    return registry


class ClustererMetrics:
    """From the topic of articles to the commit in Redis."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or new_registry("clusterer")
        counter, gauge = _makers(self.registry)
        self.articles_in = counter(
            "groundswell_articles_in_total",
            "Records taken from the topic; those of a fenced batch are taken again, by their new owner")
        self.articles_in_progress = gauge(
            "groundswell_articles_in_progress", "Records taken, not yet committed")
        self.articles = Counter(
            "groundswell_articles_total", "Records committed, by what they ended as",
            ["outcome"], registry=self.registry)
        self.reprints = counter(
            "groundswell_reprints_total", "Committed articles whose text nearly repeats an earlier one")
        self.articles_corrected = counter(
            "groundswell_articles_corrected_total", "Duplicates that brought a newer version of their article")
        self.articles_withdrawn = counter(
            "groundswell_articles_withdrawn_total", "Duplicates that took their article back")
        self.gray_decisions = counter(
            "groundswell_gray_decisions_total", "Committed decisions near the boundary; a sweep checks them")
        self.stories_merged = counter("groundswell_stories_merged_total", "Stories absorbed by another")
        self.stories_split = counter("groundswell_stories_split_total", "Stories split off another")
        self.stories_closed = counter("groundswell_stories_closed_total", "Stories that expired")
        self.live_stories = gauge(
            "groundswell_live_stories", "Live stories in this replica, the same in each clusterer: don't sum")
        self.batch_seconds = Histogram(
            "groundswell_batch_seconds", "Time of each step of a batch", ["stage"],
            buckets=_BATCH_BUCKETS, registry=self.registry)
        self.commit_refused = Counter(
            "groundswell_commit_refused_total", "Batches that the store refused, by reason",
            ["reason"], registry=self.registry)
        self.last_commit = gauge(
            "groundswell_last_commit_timestamp_seconds", "When this clusterer last committed; 0: never yet")
        self.consumer_lag = gauge(
            "groundswell_consumer_lag", "Records waiting in the partitions that this clusterer owns")
        self.input_losses = Counter(
            "groundswell_input_losses_total", "Partitions whose unread records were found to be gone, by reason",
            ["reason"], registry=self.registry)
        self.articles_missed = counter(
            "groundswell_articles_missed_total",
            "Records that were gone before they were read, as far as offsets tell")
        self.last_input_loss = gauge(
            "groundswell_last_input_loss_timestamp_seconds",
            "When records were last found to be gone, now while stopped for it; 0: never yet")
        _create(self.articles, ArticleOutcome)
        _create(self.input_losses, LossCause)
        _create(self.batch_seconds, BatchStage)
        _create(self.commit_refused, Refusal)

    @contextmanager
    def stage(self, stage: BatchStage) -> Iterator[None]:
        """Time one step of a batch, whether it succeeds or raises."""
        with self.batch_seconds.labels(stage).time():
            yield

    @contextmanager
    def batch(self, records: int) -> Iterator[None]:
        """Count the records of a batch in, and as in progress until it is committed or dropped."""
        self.articles_in.inc(records)
        with _in_progress(self.articles_in_progress, records):
            yield

    def refused(self, reason: Refusal) -> None:
        """The store refused a batch."""
        self.commit_refused.labels(reason).inc()

    def input_lost(self, cause: LossCause, partitions: int, missed: int) -> None:
        """Records that were to be read are gone."""
        self.input_losses.labels(cause).inc(partitions)
        self.articles_missed.inc(missed)
        self.last_input_loss.set_to_current_time()

    def committed(self, outcomes: Iterable[ArticleOutcome]) -> None:
        """A batch is in the store: one outcome per input record of it, and the time."""
        for outcome in outcomes:
            self.articles.labels(outcome).inc()
        self.last_commit.set_to_current_time()


class PublisherMetrics:
    """From the outbox in Redis to the topic of stories."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or new_registry("publisher")
        counter, gauge = _makers(self.registry)
        self.stories_in_progress = gauge(
            "groundswell_stories_in_progress", "Stories taken from the outbox, not yet acknowledged by Kafka")
        self.stories_published = counter("groundswell_stories_published_total", "Story records published")
        self.stories_held_back = counter(
            "groundswell_stories_held_back_total", "Revisions from the outbox that the policy keeps back")
        self.stories_cut = counter(
            "groundswell_stories_cut_total", "Records with lists shortened to fit their topic")
        self.stories_unpublishable = counter(
            "groundswell_stories_unpublishable_total", "Times that a story's record could not be made")
        self.stories_settled = Counter(
            "groundswell_stories_settled_total",
            "Stories on the topic compared with a Redis that was started again, by what became of them",
            ["outcome"], registry=self.registry)
        self.publish_seconds = Histogram(
            "groundswell_publish_seconds", "Time to read, build and send one round of records",
            buckets=_PUBLISH_BUCKETS, registry=self.registry)
        self.event_to_publish_seconds = Histogram(
            "groundswell_event_to_publish_seconds", "From receiving an article to publishing its story",
            buckets=_LATENCY_BUCKETS, registry=self.registry)
        self.summaries = Counter(
            "groundswell_summaries_total", "Summaries asked of the language model, by what came of them",
            ["outcome"], registry=self.registry)
        self.outbox_size = gauge(
            "groundswell_outbox_size", "Changed stories waiting in the shards that this publisher holds")
        self.outbox_oldest = gauge(
            "groundswell_outbox_oldest_seconds", "Age of the oldest unpublished change there; 0: none")
        self.shards = gauge("groundswell_shards", "Shards that the outbox has, by the settings")
        self.shards_held = gauge("groundswell_shards_held", "Shards of the outbox that this publisher holds")
        self.fenced = counter(
            "groundswell_fenced_total", "Times that a shard was lost to another publisher during work")
        self.last_publish = gauge(
            "groundswell_last_publish_timestamp_seconds", "When this publisher last published; 0: never yet")

    @contextmanager
    def publishing(self, stories: int) -> Iterator[None]:
        """Time a round, and count its stories as in progress until they are acknowledged or given up."""
        with self.publish_seconds.time(), _in_progress(self.stories_in_progress, stories):
            yield

    def published(self, records: int = 1) -> None:
        """Kafka acknowledged this many records: count them, and the time."""
        self.stories_published.inc(records)
        self.last_publish.set_to_current_time()


def _makers(registry: CollectorRegistry) -> tuple[Callable[[str, str], Counter], Callable[[str, str], Gauge]]:
    """Makers of counters and gauges without labels, on this registry."""

    def counter(name: str, text: str) -> Counter:
        return Counter(name, text, registry=registry)

    def gauge(name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=registry)

    return counter, gauge


@contextmanager
def _in_progress(gauge: Gauge, items: int) -> Iterator[None]:
    gauge.inc(items)
    try:
        yield
    finally:
        gauge.dec(items)


def _create(metric: Counter | Histogram, values: Iterable[str]) -> None:
    for value in values:
        metric.labels(value)


def _version() -> str:
    try:
        return version("groundswell-pipeline")
    except PackageNotFoundError:  # run from a checkout that nobody installed
        return "unknown"
