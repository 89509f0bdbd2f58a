"""Prometheus metrics of the HTTP producer."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from producers.producer_metrics import ProducerMetrics

STATUSES = (202, 400, 401, 403, 408, 413, 415, 422, 429, 500, 503)
"""All that `POST /articles` answers."""


class HttpMetrics(ProducerMetrics):
    """Articles in and out, and the requests that brought them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)
        self.registry = registry
        self.requests = Counter(
            "groundswell_push_requests_total", "Requests to POST /articles", ["status"], registry=registry
        )
        self.request_seconds = Histogram(
            "groundswell_push_request_seconds",
            "Time of one request, from its head to Kafka's acknowledgement",
            registry=registry,
        )
        self.in_progress = Gauge("groundswell_push_requests_in_progress", "Requests under way", registry=registry)
        for status in STATUSES:
            self.requests.labels(str(status))
