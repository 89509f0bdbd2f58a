"""`groundswell bench scale`: how many clusterers are worth how many, with an encoder of a stated cost.

The encoder waits instead of working, as one on a device of its own does: so what is measured is what clusterers
cost each other, on however few cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.quality.bench.machine import Machine, this_machine
from pipeline.quality.bench.made_news import made_news
from pipeline.runtime.bench.deployment import Deployment, Services
from pipeline.runtime.bench.readings import PROCESSOR, stale_share
from pipeline.runtime.bench.through import WITHIN_S
from pipeline.settings import Settings

PARTITIONS = 24
"""Of the topic: one, two, four or eight clusterers get equally many."""
COUNTED = 0.9
"""Share of the articles after which the clock stops: partitions do not end at the same time."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class ScaleOptions:
    """What is compared."""

    clusterers: list[int] = field(default_factory=lambda: [1, 2, 4, 8])
    encoder_ms: float = 20.0
    """An article."""
    articles: int = 400
    """For each clusterer."""


@dataclass(frozen=True)
class ScaleRow:
    """So many clusterers."""

    clusterers: int
    articles: int
    articles_per_s: float
    ratio: float
    """To the first row."""
    stale: float
    """Share of the decision rounds that others overtook."""
    processor: float
    """Processor seconds a second of all clusterers: near the number of cores, the machine is the limit."""


@dataclass(frozen=True)
class ScaleReport:
    """Growth with the number of clusterers."""

    machine: Machine
    options: ScaleOptions
    partitions: int
    rows: list[ScaleRow]


def bench_scale(base: Settings, services: Services, options: ScaleOptions, tell: Tell) -> ScaleReport:
    """One number of clusterers after the other, each on an edition of its own."""
    machine = this_machine()
    rows: list[ScaleRow] = []
    for count in options.clusterers:
        tell(f"{count} clusterers")
        rows.append(_measure(base, services, options, count, rows[0].articles_per_s if rows else None))
    return ScaleReport(machine, options, PARTITIONS, rows)


def _measure(
    base: Settings, services: Services, options: ScaleOptions, count: int, first: float | None
) -> ScaleRow:
    topics = {"articles_partitions": PARTITIONS}
    settings = services.settings(base)
    kafka = settings.kafka.model_copy(update={"topics": settings.kafka.topics.model_copy(update=topics)})
    settings = settings.model_copy(update={"kafka": kafka})
    articles = made_news(options.articles * count, f"scale-{count}")
    with Deployment(
        services, settings, clusterers=count, publishers=0, encoder_ms=options.encoder_ms
    ) as deployment:
        before = deployment.readings()
        started = time.perf_counter()
        deployment.send(articles)
        goal = COUNTED * len(articles)
        deployment.wait(lambda: deployment.committed() >= goal, WITHIN_S, "the articles are in the store")
        per_s = deployment.committed() / (time.perf_counter() - started)
        deployment.wait(lambda: deployment.committed() >= len(articles), WITHIN_S, "all articles are in the store")
        readings, seconds = deployment.readings() - before, time.perf_counter() - started
    return ScaleRow(
        clusterers=count,
        articles=len(articles),
        articles_per_s=round(per_s, 1),
        ratio=round(per_s / (first or per_s), 2),
        stale=stale_share(readings),
        processor=round(readings.total(PROCESSOR) / seconds, 2),
    )
