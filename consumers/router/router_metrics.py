"""The router's Prometheus metrics."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter

from pipeline.runtime.metrics import makers, new_registry


class RouterMetrics:
    """From the topic of all articles to those of the editions."""

    def __init__(self, topics: Iterable[str] = (), registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or new_registry("router")
        counter, gauge = makers(self.registry)
        self.routed = Counter(
            "groundswell_routed_total", "Records handed to the topic of an edition", ["topic"],
            registry=self.registry,
        )  # fmt: skip
        for topic in topics:
            self.routed.labels(topic)
        self.aborted = counter(
            "groundswell_router_aborted_total", "Times that a portion was not handed on, and is read again"
        )
        self.lag = gauge("groundswell_router_lag", "Records of our partitions that are not handed on yet")
