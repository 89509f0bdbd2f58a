"""`groundswell bench scale`: how many clusterers are worth how many, with an encoder of a stated cost.

The encoder waits instead of working, as one on a device of its own does: so what is measured is what clusterers
cost each other, on however few cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from pipeline.quality.bench.machine import Machine
from pipeline.quality.bench.made_news import made_news
from pipeline.quality.bench.statistics import median_ratio
from pipeline.runtime.bench.deployment import Deployment, Services
from pipeline.runtime.bench.processor_time import PipelineProcessorTime
from pipeline.runtime.bench.readings import PROCESSOR, Readings, stale_share
from pipeline.runtime.bench.through import WITHIN_S
from pipeline.settings import Settings

PARTITIONS = 24
"""Of the topic: one, two, four or eight clusterers get equally many."""
CLUSTERERS = (1, 2, 4, 8)
COUNTED = 0.9
"""Share of the articles after which the clock stops: partitions do not end at the same time."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class ScaleOptions:
    """What is compared."""

    settle_s: float
    interval_s: float
    clusterers: list[int] = field(default_factory=lambda: list(CLUSTERERS))
    encoder_ms: float = 20.0
    """An article."""
    articles: int = 400
    """For each clusterer."""
    rounds: int = 2
    publishers: int = 0
    """Beside the clusterers; none, unless what they cost is asked for."""


@dataclass(frozen=True)
class Round:
    """So many clusterers, once."""

    articles_per_s: float
    readings: Readings
    """Of all clusterers, until the last article."""
    seconds: float
    published_s: float | None
    """From the last commit to the last record; None without publishers."""
    publishers_s: float
    """Processor time of all publishers until then."""


@dataclass(frozen=True)
class ScaleRow:
    """So many clusterers."""

    clusterers: int
    """That worked at a time."""
    articles: int
    """In a round."""
    articles_per_s: float
    """Until nine tenths are in the store, median of the rounds."""
    ratio: float
    """To the first row, median of the ratios within the rounds."""
    stale: float
    """Share of the decision rounds that others overtook, of all rounds."""
    processor: float
    """Processor seconds a second of all clusterers: near the number of cores, the machine is the limit."""
    published_after_s: float | None
    """From the last commit to the last record, the longest of the rounds: what lies beyond settle_s + interval_s
    the publishers were behind."""
    publisher_cpu_ms_per_article: float | None
    """Processor time of all publishers: with cores enough, one can do 1,000 by this, a second."""


@dataclass(frozen=True)
class ScaleReport:
    """Growth with the number of clusterers."""

    machine: Machine
    options: ScaleOptions
    partitions: int
    rows: list[ScaleRow]


def bench_scale(base: Settings, services: Services, options: ScaleOptions, tell: Tell) -> ScaleReport:
    """All numbers of clusterers in turns, each time on an edition of its own."""
    machine = services.machine()
    rounds: dict[int, list[Round]] = {count: [] for count in options.clusterers}
    for number in range(options.rounds):
        for count, done in rounds.items():
            tell(f"round {number + 1} of {options.rounds}: {count} clusterers")
            done.append(_measure(base, services, options, count, number))
    return ScaleReport(machine, options, PARTITIONS, scale_rows(rounds, options.articles))


def scale_rows(rounds: Mapping[int, Sequence[Round]], articles: int) -> list[ScaleRow]:
    """A row for each number of clusterers, compared with the first."""
    first = [each.articles_per_s for each in next(iter(rounds.values()))]
    return [_row(count, done, first, articles * count) for count, done in rounds.items()]


def _row(count: int, done: Sequence[Round], first: Sequence[float], articles: int) -> ScaleRow:
    per_s = [each.articles_per_s for each in done]
    readings, seconds = sum((each.readings for each in done), Readings()), sum(each.seconds for each in done)
    published = [each.published_s for each in done if each.published_s is not None]
    return ScaleRow(
        clusterers=count,
        articles=articles,
        articles_per_s=round(median(per_s), 1),
        ratio=median_ratio(per_s, first),
        stale=stale_share(readings),
        processor=round(readings.total(PROCESSOR) / seconds, 2),
        published_after_s=round(max(published), 2) if published else None,
        publisher_cpu_ms_per_article=(
            round(1_000 * sum(each.publishers_s for each in done) / (articles * len(done)), 2)
            if published
            else None
        ),
    )


def _measure(base: Settings, services: Services, options: ScaleOptions, count: int, number: int) -> Round:
    topics = {"articles_partitions": PARTITIONS}
    settings = services.settings(base, publisher={"settle_s": options.settle_s, "interval_s": options.interval_s})
    kafka = settings.kafka.model_copy(update={"topics": settings.kafka.topics.model_copy(update=topics)})
    settings = settings.model_copy(update={"kafka": kafka})
    articles = made_news(options.articles * count, f"scale-{count}-{number}")
    with Deployment(
        services, settings, clusterers=count, publishers=options.publishers, encoder_ms=options.encoder_ms
    ) as deployment:
        before, clock = deployment.readings(), PipelineProcessorTime(deployment)
        started = time.perf_counter()
        deployment.send(articles)
        goal = COUNTED * len(articles)
        deployment.wait(lambda: deployment.committed() >= goal, WITHIN_S, "the articles are in the store")
        per_s = deployment.committed() / (time.perf_counter() - started)
        deployment.wait(lambda: deployment.committed() >= len(articles), WITHIN_S, "all articles are in the store")
        readings, seconds = deployment.readings() - before, time.perf_counter() - started
        published = _until_published(deployment) if options.publishers else None
        return Round(per_s, readings, seconds, published, clock.spent()["publisher"])


def _until_published(deployment: Deployment) -> float:
    started = time.perf_counter()
    deployment.wait(deployment.published, WITHIN_S, "all stories are published")
    return time.perf_counter() - started
