"""Prometheus metrics that every producer has; no label grows with the data."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge


class ItemOutcome(StrEnum):
    """What became of an item that a producer took in."""

    SENT = "sent"
    """Kafka acknowledged it."""
    INVALID = "invalid"
    """It is no article."""
    DUPLICATE = "duplicate"
    """This process sent the same article before."""
    FAILED = "failed"
    """Kafka did not acknowledge it."""


class ProducerMetrics:
    """Items in, items out by outcome, time of the last one."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.items_in = Counter(
            "groundswell_producer_items_in_total", "Items that the producer took in", registry=registry
        )
        self.items = Counter(
            "groundswell_producer_items_total", "Items done, by outcome", ["outcome"], registry=registry
        )
        self.last_sent = Gauge(
            "groundswell_producer_last_sent_timestamp_seconds",
            "When Kafka last acknowledged an article; 0: never yet",
            registry=registry,
        )
        for outcome in ItemOutcome:
            self.items.labels(outcome)

    def took(self, items: int = 1) -> None:
        """Items came in."""
        self.items_in.inc(items)

    def done(self, outcome: ItemOutcome, items: int = 1) -> None:
        """Items ended as this."""
        if not items:
            return
        self.items.labels(outcome).inc(items)
        if outcome is ItemOutcome.SENT:
            self.last_sent.set_to_current_time()
