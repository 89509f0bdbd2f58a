"""The clusterer's Prometheus metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Histogram

from pipeline.runtime.metrics import CounterMaker, GaugeMaker, create_values, makers, new_registry

_BATCH_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


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
    """Waiting for Kafka while there is nothing else to do."""
    PREPARE = "prepare"
    """Records are parsed, and the store is asked which articles it knows."""
    ENCODE = "encode"
    """Sentence vectors, in a thread of its own beside all other stages; one observation per portion of a batch."""
    AWAIT = "await"
    """Waiting for vectors; where the time of the loop should go."""
    CATCH_UP = "catch_up"
    """What other clusterers changed comes into the replica."""
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


class ClustererMetrics:
    """From the topic of articles to the commit in Redis."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or new_registry("clusterer")
        counter, gauge = makers(self.registry)
        self.articles_in = counter(
            "groundswell_articles_in_total",
            "Records taken from the topic; those of a fenced batch are taken again, by their new owner",
        )
        self.articles_in_progress = gauge("groundswell_articles_in_progress", "Records taken, not yet committed")
        self.articles = Counter(
            "groundswell_articles_total",
            "Records committed, by what they ended as",
            ["outcome"],
            registry=self.registry,
        )
        self._count_kinds_of_articles(counter)
        self._count_stories(counter)
        self.live_stories = gauge(
            "groundswell_live_stories", "Live stories in this replica, the same in each clusterer: don't sum"
        )
        self.batch_seconds = Histogram(
            "groundswell_batch_seconds",
            "Time of each step of a batch",
            ["stage"],
            buckets=_BATCH_BUCKETS,
            registry=self.registry,
        )
        self.commit_refused = Counter(
            "groundswell_commit_refused_total",
            "Batches that the store refused, by reason",
            ["reason"],
            registry=self.registry,
        )
        self.last_commit = gauge(
            "groundswell_last_commit_timestamp_seconds", "When this clusterer last committed; 0: never yet"
        )
        self.consumer_lag = gauge(
            "groundswell_consumer_lag", "Records waiting in the partitions that this clusterer owns"
        )
        self._count_losses(counter, gauge)
        create_values(self.articles, ArticleOutcome)
        create_values(self.batch_seconds, BatchStage)
        create_values(self.commit_refused, Refusal)

    @contextmanager
    def stage(self, stage: BatchStage) -> Iterator[None]:
        """Time one step of a batch, whether it succeeds or raises."""
        with self.batch_seconds.labels(stage).time():
            yield

    def taken(self, records: int) -> None:
        """Records come in; they are in progress until `let_go`."""
        self.articles_in.inc(records)
        self.articles_in_progress.inc(records)

    def let_go(self, records: int) -> None:
        """Records are committed, or dropped to be read again."""
        self.articles_in_progress.dec(records)

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

    def _count_kinds_of_articles(self, counter: CounterMaker) -> None:
        self.reprints = counter(
            "groundswell_reprints_total", "Committed articles whose text nearly repeats an earlier one"
        )
        self.articles_corrected = counter(
            "groundswell_articles_corrected_total", "Duplicates that brought a newer version of their article"
        )
        self.articles_withdrawn = counter(
            "groundswell_articles_withdrawn_total", "Duplicates that took their article back"
        )
        self.gray_decisions = counter(
            "groundswell_gray_decisions_total", "Committed decisions near the boundary; a sweep checks them"
        )

    def _count_stories(self, counter: CounterMaker) -> None:
        self.stories_merged = counter("groundswell_stories_merged_total", "Stories absorbed by another")
        self.stories_split = counter("groundswell_stories_split_total", "Stories split off another")
        self.stories_closed = counter("groundswell_stories_closed_total", "Stories that expired")

    def _count_losses(self, counter: CounterMaker, gauge: GaugeMaker) -> None:
        self.input_losses = Counter(
            "groundswell_input_losses_total",
            "Partitions whose unread records were found to be gone, by reason",
            ["reason"],
            registry=self.registry,
        )
        self.articles_missed = counter(
            "groundswell_articles_missed_total",
            "Records that were gone before they were read, as far as offsets tell",
        )
        self.last_input_loss = gauge(
            "groundswell_last_input_loss_timestamp_seconds",
            "When records were last found to be gone, now while stopped for it; 0: never yet",
        )
        create_values(self.input_losses, LossCause)
