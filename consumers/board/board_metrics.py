"""The board's Prometheus metrics."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from pipeline.runtime.metrics import new_registry

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Taken(StrEnum):
    """What became of a record of the topic."""

    SHOWN = "shown"
    """It is the latest of its story."""
    MERGED = "merged"
    """It said that its story is part of another."""
    STALE = "stale"
    """Its revision, or a later one, was there before."""
    TOMBSTONE = "tombstone"
    """It took its story off the board."""
    UNUSABLE = "unusable"
    """It is no story record that this code reads; skipped."""


class PictureFate(StrEnum):
    """What became of a picture that was asked for."""

    KEPT = "kept"
    """It was there."""
    FETCHED = "fetched"
    """It was fetched and made small."""
    FAILED = "failed"
    """It could not be fetched."""
    UNUSABLE = "unusable"
    """What came is no picture that is shown."""
    REFUSED = "refused"
    """Too many at once, or in this minute."""


class BoardMetrics:
    """From the topic of stories to the reader."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or new_registry("board")
        self.records = Counter(
            "groundswell_board_records_total",
            "Records of the topic of stories, by what became of them",
            ["outcome"],
            registry=self.registry,
        )
        self.stories = Gauge("groundswell_board_stories", "Stories in the view", registry=self.registry)
        self.last_record = Gauge(
            "groundswell_board_last_record_timestamp_seconds",
            "When the last record was taken; 0: never yet",
            registry=self.registry,
        )
        self.lag = Gauge(
            "groundswell_board_lag", "Records on the topic that were not taken", registry=self.registry
        )
        self.readers = Gauge(
            "groundswell_board_event_streams", "Open streams of live events", registry=self.registry
        )
        self.request_seconds = Histogram(
            "groundswell_board_request_seconds",
            "Time to answer a request, by route; without streams",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.images = Counter(
            "groundswell_board_images_total",
            "Pictures that readers asked for, by what became of them",
            ["outcome"],
            registry=self.registry,
        )
        for fate in PictureFate:
            self.images.labels(fate)
        for taken in Taken:
            self.records.labels(taken)

    def took(self, taken: Taken, stories: int) -> None:
        """A record was taken from the topic; the view holds this many stories now."""
        self.records.labels(taken).inc()
        self.stories.set(stories)
        self.last_record.set_to_current_time()
