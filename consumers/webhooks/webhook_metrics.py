"""The Prometheus metrics of the sender of webhooks. Subscriptions are few, and named by the operator."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from consumers.webhooks.receiver import Fate
from pipeline.runtime.metrics import new_registry

PARKED = "parked"
_BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class WebhookMetrics:
    """From the topic of stories to the receivers."""

    def __init__(self, subscriptions: Iterable[str] = (), registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or new_registry("webhooks")
        self.tries = Counter(
            "groundswell_webhooks_tries_total",
            "Tries to deliver an event, by what became of them; `parked`: given up after `dead_after_s`",
            ["subscription", "outcome"],
            registry=self.registry,
        )
        self.waiting = self._gauge("waiting", "Events in memory that the receiver has not taken")
        self.lag = self._gauge("lag", "Records on the topic behind those")
        self.failing_since = self._gauge(
            "failing_since_timestamp_seconds",
            "Since when the receiver takes nothing, or refuses an event; 0: it does",
        )
        self.last_delivery = self._gauge(
            "last_delivery_timestamp_seconds", "When the receiver took an event last; 0: never yet"
        )
        self.seconds = Histogram(
            "groundswell_webhooks_try_seconds",
            "Time of one try",
            ["subscription"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        for name in subscriptions:
            self._create(name)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"groundswell_webhooks_{name}", text, ["subscription"], registry=self.registry)

    def _create(self, name: str) -> None:
        for outcome in (*Fate, PARKED):
            self.tries.labels(name, outcome)
        for gauge in (self.waiting, self.lag, self.failing_since, self.last_delivery):
            gauge.labels(name)
        self.seconds.labels(name)
