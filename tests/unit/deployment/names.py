"""Which metrics exist, and which ones an expression reads."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest
from prometheus_client import CollectorRegistry

from consumers.board.board_metrics import BoardMetrics
from consumers.clusterer.clusterer_metrics import ClustererMetrics
from consumers.publisher.publisher_metrics import PublisherMetrics
from consumers.router.router_metrics import RouterMetrics
from consumers.webhooks.webhook_metrics import WebhookMetrics
from pipeline.runtime.door.bounds import DoorMetrics
from pipeline.runtime.health import Health
from pipeline.runtime.metrics import new_registry
from producers.feeds.feed_metrics import FeedMetrics
from producers.http.push_metrics import HttpMetrics

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "configs" / "prometheus"

OTHERS = {
    "up", "ALERTS",
    "redis_up", "redis_memory_used_bytes", "redis_memory_max_bytes", "redis_commands_processed_total",
    "redis_connected_clients", "redis_blocked_clients", "redis_db_keys", "redis_aof_current_size_bytes",
    "redis_aof_base_size_bytes", "redis_cpu_user_seconds_total", "redis_cpu_sys_seconds_total",
    "kafka_brokers", "kafka_topic_partition_under_replicated_partition", "kafka_topic_partition_current_offset",
    "kafka_topic_partition_oldest_offset", "kafka_consumergroup_lag", "kafka_consumergroup_members",
}  # fmt: skip
"""Of Prometheus itself, redis_exporter and kafka_exporter."""


def promtool(*arguments: str | Path) -> None:
    """Run it on a file of configs/prometheus, or of another folder; it must succeed."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    done = subprocess.run([program, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def existing_series() -> set[str]:
    """Names of all series that the code exposes, and of those that come from elsewhere."""
    registries = [ClustererMetrics().registry, PublisherMetrics().registry, BoardMetrics().registry]
    registries += [WebhookMetrics(["desk"]).registry, RouterMetrics(["articles.de"]).registry]
    feeds, http = new_registry("feeds"), new_registry("http")
    FeedMetrics(feeds)
    HttpMetrics(http)
    Health(http)
    DoorMetrics(http)
    return OTHERS.union(*(_series(registry) for registry in [*registries, feeds, http]))


def _series(registry: CollectorRegistry) -> Iterator[str]:
    for family in registry.collect():
        yield from (sample.name for sample in family.samples)
        if family.type == "histogram":  # without observations one with labels has no samples yet
            yield from (family.name + ending for ending in ("_bucket", "_sum", "_count"))


def family(series: str) -> str:
    """The metric that a series belongs to."""
    return re.sub(r"_(bucket|sum|count)$", "", series)


def series_read(expression: str) -> set[str]:
    """Names of the series that a PromQL expression reads; raises where it does not parse."""
    found: set[str] = set()

    def visit(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector) and node.name:
            found.add(node.name)
        return True

    promql_parser.walk(promql_parser.parse(without_variables(expression)), visit)
    return found


def without_variables(expression: str) -> str:
    """Grafana's variables are no PromQL: any duration and any edition stand for them."""
    return expression.replace("$__rate_interval", "5m").replace("$edition", ".*")
