"""The publisher's Prometheus metrics."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram

from pipeline.adapters.store.settlement import Settled
from pipeline.adapters.summariser.summariser import SummaryOutcome
from pipeline.runtime.metrics import GaugeMaker, create_values, in_progress, makers, new_registry

_PUBLISH_BUCKETS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LATENCY_BUCKETS = (0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300, 900, 3600)
"""Fine around `settle_s` and `interval_s`, coarse where only an alert looks."""

HIDDEN = "hidden"
"""Beside what `Settled` tells: the store showed a story that the topic hides."""


class PublisherMetrics:
    """From the outbox in Redis to the topic of stories."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or new_registry("publisher")
        counter, gauge = makers(self.registry)
        self.stories_in_progress = gauge(
            "groundswell_stories_in_progress", "Stories taken from the outbox, not yet acknowledged by Kafka"
        )
        self.stories_published = counter("groundswell_stories_published_total", "Story records published")
        self.stories_held_back = counter(
            "groundswell_stories_held_back_total", "Revisions from the outbox that the policy keeps back"
        )
        self.stories_cut = counter(
            "groundswell_stories_cut_total", "Records with lists shortened to fit their topic"
        )
        self.stories_unpublishable = counter(
            "groundswell_stories_unpublishable_total", "Times that a story's record could not be made"
        )
        self.stories_settled = Counter(
            "groundswell_stories_settled_total",
            "Stories on the topic compared with a Redis that was started again, by what became of them",
            ["outcome"],
            registry=self.registry,
        )
        self.publish_seconds = Histogram(
            "groundswell_publish_seconds",
            "Time to read, build and send one round of records",
            buckets=_PUBLISH_BUCKETS,
            registry=self.registry,
        )
        self.event_to_publish_seconds = Histogram(
            "groundswell_event_to_publish_seconds",
            "From receiving an article to publishing its story",
            buckets=_LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.summaries = Counter(
            "groundswell_summaries_total",
            "Summaries asked of the language model, by what came of them",
            ["outcome"],
            registry=self.registry,
        )
        create_values(self.stories_settled, (*Settled, HIDDEN))
        create_values(self.summaries, SummaryOutcome)
        self._tell_of_the_outbox(gauge)
        self.fenced = counter(
            "groundswell_fenced_total", "Times that a shard was lost to another publisher during work"
        )
        self.last_publish = gauge(
            "groundswell_last_publish_timestamp_seconds", "When this publisher last published; 0: never yet"
        )

    @contextmanager
    def publishing(self, stories: int) -> Iterator[None]:
        """Time a round, and count its stories as in progress until they are acknowledged or given up."""
        with self.publish_seconds.time(), in_progress(self.stories_in_progress, stories):
            yield

    def published(self, records: int) -> None:
        """Kafka acknowledged this many records: count them, and the time."""
        self.stories_published.inc(records)
        self.last_publish.set_to_current_time()

    def _tell_of_the_outbox(self, gauge: GaugeMaker) -> None:
        self.outbox_size = gauge(
            "groundswell_outbox_size", "Changed stories waiting in the shards that this publisher holds"
        )
        self.outbox_oldest = gauge(
            "groundswell_outbox_oldest_seconds", "Age of the oldest unpublished change there; 0: none"
        )
        self.shards = gauge("groundswell_shards", "Shards that the outbox has, by the settings")
        self.shards_held = gauge("groundswell_shards_held", "Shards of the outbox that this publisher holds")
