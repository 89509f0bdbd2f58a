"""Prometheus metrics of the feeds producer; never a feed's address as a label."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from producers.producer_metrics import ProducerMetrics


class Visit(StrEnum):
    """How a visit of a feed ended."""

    FETCHED = "fetched"
    """It was read, and what was new in it was sent."""
    NOT_MODIFIED = "not_modified"
    """The server says that nothing changed."""
    FAILED = "failed"
    """No answer, an error of the server, or too large."""
    THROTTLED = "throttled"
    """The server wants fewer visits (429, 503)."""
    UNREADABLE = "unreadable"
    """What came is no feed."""
    UNDELIVERED = "undelivered"
    """Kafka did not take all of it; the next visit tries again."""
    GONE = "gone"
    """It was taken down for good; it is not visited again."""


class Page(StrEnum):
    """What became of the page of an article whose feed wants whole texts."""

    READ = "read"
    """Its text is longer than the feed's, and counts."""
    NO_LONGER = "no_longer"
    """Its text is not: the feed's counts."""
    FORBIDDEN = "forbidden"
    """robots.txt forbids it, or can't be had."""
    GONE = "gone"
    """The outlet took it down for good (410): the article is withdrawn."""
    FAILED = "failed"
    """No answer, or none that helps."""


class FeedHealth(StrEnum):
    """What is known of a feed."""

    NEW = "new"
    """Not visited yet."""
    OK = "ok"
    """The last visit succeeded."""
    FAILING = "failing"
    """The last visit failed; the next one comes later and later."""
    GONE = "gone"
    """Taken down for good."""


class FeedMetrics(ProducerMetrics):
    """Entries in, articles out, visits, and the health of the list."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)
        self.visits = Counter(
            "groundswell_feed_visits_total",
            "Visits of feeds, by how they ended",
            ["result"],
            registry=registry,
        )
        self.visit_seconds = Histogram(
            "groundswell_feed_visit_seconds",
            "Time of one visit, from the request to Kafka's acknowledgement",
            registry=registry,
        )
        self.in_progress = Gauge(
            "groundswell_feed_visits_in_progress", "Feeds that are visited right now", registry=registry
        )
        self.bytes = Counter("groundswell_feed_bytes_total", "Feed bytes, unpacked", registry=registry)
        self.moved = Counter(
            "groundswell_feed_moved_total", "Feeds whose address changed for good", registry=registry
        )
        self.corrected = Counter(
            "groundswell_feed_corrections_total",
            "Articles sent again because their feed changed them",
            registry=registry,
        )
        self.pages = Counter(
            "groundswell_feed_pages_total",
            "Pages of articles, by what became of them",
            ["result"],
            registry=registry,
        )
        self.state_errors = Counter(
            "groundswell_feed_state_errors_total",
            "Times that the state could not be written down",
            registry=registry,
        )
        self.feeds = Gauge("groundswell_feeds", "Feeds of the list, by health", ["health"], registry=registry)
        for result in Visit:
            self.visits.labels(result)
        for page in Page:
            self.pages.labels(page)
        for health in FeedHealth:
            self.feeds.labels(health).set(0)
