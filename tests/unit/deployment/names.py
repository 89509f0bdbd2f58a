"""Which metrics exist, and which ones an expression reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import promql_parser
from prometheus_client import CollectorRegistry

from consumers.board.board_metrics import BoardMetrics
from consumers.clusterer.clusterer_metrics import ClustererMetrics
from consumers.publisher.publisher_metrics import PublisherMetrics
from pipeline.runtime.door.bounds import DoorMetrics
from pipeline.runtime.health import Health
from pipeline.runtime.metrics import new_registry
from producers.producer_metrics import ProducerMetrics

ROOT = Path(__file__).parents[3]

OTHERS = {"up", "ALERTS", "redis_memory_used_bytes", "redis_memory_max_bytes"}
"""Of Prometheus itself and of the Redis exporter."""


def existing_series() -> set[str]:
    """Names of all series that the code exposes, and of those that come from elsewhere."""
    registries = [ClustererMetrics().registry, PublisherMetrics().registry, BoardMetrics().registry]
    producer = new_registry("feeds")
    ProducerMetrics(producer)
    Health(producer)
    DoorMetrics(producer)
    return OTHERS.union(*(_series(registry) for registry in [*registries, producer]))


def _series(registry: CollectorRegistry) -> Iterator[str]:
    for family in registry.collect():
        yield from (sample.name for sample in family.samples)
        if family.type == "histogram":  # without observations one with labels has no samples yet
            yield from (family.name + ending for ending in ("_bucket", "_sum", "_count"))


def series_read(expression: str) -> set[str]:
    """Names of the series that a PromQL expression reads; raises where it does not parse."""
    found: set[str] = set()

    def visit(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector) and node.name:
            found.add(node.name)
        return True

    # Grafana's variable is no PromQL; any duration stands for it.
    promql_parser.walk(promql_parser.parse(expression.replace("$__rate_interval", "5m")), visit)
    return found
