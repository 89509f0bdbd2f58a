"""What the Prometheus metrics of all roles have in common; each role keeps its own beside its code.

For each stage: items in, items out, in progress, and the time of the last one. Units are base units. No
label grows with the data: never a story id, an outlet or a feed. Each role owns one registry, so that two
roles in one process (the demo, the tests) never share a series. Label values are all created at the start:
a series that first appears with its first increment hides that increment from `rate()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from pipeline.runtime.version import installed_version

CounterMaker = Callable[[str, str], Counter]
GaugeMaker = Callable[[str, str], Gauge]
"""From a name and a text."""


def new_registry(role: str) -> CollectorRegistry:
    """A registry with the process' own figures and `groundswell_build_info`; one per role."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each counter, unused
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    info = Gauge(
        "groundswell_build_info",
        "Always 1; says which version runs in which role",
        ["version", "role"],
        registry=registry,
    )
    info.labels(version=installed_version(), role=role).set(1)
    return registry


def makers(registry: CollectorRegistry) -> tuple[CounterMaker, GaugeMaker]:
    """Makers of counters and gauges without labels, on this registry."""

    def counter(name: str, text: str) -> Counter:
        return Counter(name, text, registry=registry)

    def gauge(name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=registry)

    return counter, gauge


@contextmanager
def in_progress(gauge: Gauge, items: int) -> Iterator[None]:
    """Raise the gauge meanwhile."""
    gauge.inc(items)
    try:
        yield
    finally:
        gauge.dec(items)


def create_values(metric: Counter | Histogram, values: Iterable[str]) -> None:
    """Make the series of each value of the one label."""
    for value in values:
        metric.labels(value)
