"""`groundswell bench pipeline`: articles a second through everything, beside the encoder alone on the same texts.

A round is the same articles for both: first the encoder alone in this process, then producer, broker, clusterer,
Redis, publisher and broker, each a process of its own. The ratio is the median of the rounds' ratios. Processor
time is counted beside it: what all processes together take of it an article says, on a machine that is busy with
other work too, what the ratio comes to where the encoder alone fills the cores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.adapters.articles_file import read_annotated
from pipeline.domain.encoder.lead import text_to_encode
from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.records.article import Article
from pipeline.quality.bench.bench_errors import BenchError
from pipeline.quality.bench.encode import parts
from pipeline.quality.bench.machine import Machine
from pipeline.quality.bench.made_news import made_news
from pipeline.quality.bench.statistics import median_ratio, rate
from pipeline.runtime.bench.deployment import Deployment, Services
from pipeline.runtime.bench.processor_time import PipelineProcessorTime, Spent
from pipeline.runtime.bench.readings import Readings, stage_shares
from pipeline.settings import Settings

ENCODE_ARTICLES = 256
"""Handed to the encoder alone at once: it is quickest with many texts to sort by length."""
WARM_UP = 64
WITHIN_S = 600.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class PipelineOptions:
    """What is sent, and how it is published."""

    settle_s: float
    interval_s: float
    articles: int = 600
    """In a round."""
    rounds: int = 2
    min_sources: int = 1
    """1: every article is a record, the most that a publisher can have to do."""
    file: str | None = None
    """Articles to send; None: made-up ones."""


@dataclass(frozen=True)
class Passage:
    """One round through the pipeline."""

    committed_s: float
    """From the first article that is sent to the last one that the store has."""
    published_s: float
    """To the last one that stands on `stories`."""
    readings: Readings
    """Of the clusterer, meanwhile."""
    spent: Spent
    """Processor seconds of each process."""

    def seconds(self, wait_s: float) -> float:
        """What the round took, without the wait that the settings ask of the publisher: it holds nothing up."""
        return max(self.committed_s, self.published_s - wait_s)


@dataclass(frozen=True)
class PipelineReport:
    """The whole against the encoder."""

    machine: Machine
    options: PipelineOptions
    encoder: str
    articles_per_s: float
    encoder_articles_per_s: float
    ratio: float
    published_after_s: float
    """From the last commit of a round to its last record."""
    stages: dict[str, float]
    """Share of the time that the clusterer spent in each stage; they may overlap."""
    encoder_cpu_ms_per_article: float
    """Processor time of the encoder alone."""
    cpu_ms_per_article: dict[str, float]
    """Of each process of the pipeline; the encoder is part of the clusterer."""
    cpu_ratio: float
    """The first to the sum of the others: the ratio to be had where the encoder alone fills all cores."""


def bench_pipeline(
    base: Settings,
    encoder: Encoder,
    services: Services,
    options: PipelineOptions,
    rounds: Sequence[Sequence[Article]],
    tell: Tell,
) -> PipelineReport:
    """The encoder is that of the settings, which the clusterer loads too. `rounds` are `rounds_of(options)`."""
    machine = services.machine(base.encoder.threads)
    publisher = {name: getattr(options, name) for name in ("settle_s", "interval_s", "min_sources")}
    alone, passages = [], []
    with Deployment(services, services.settings(base, publisher=publisher)) as deployment:
        tell("warming up")
        encoder.encode([text_to_encode(each.title, each.text) for each in made_news(WARM_UP, "warm")])
        pass_through(deployment, made_news(WARM_UP, "warm"))
        for number, articles in enumerate(rounds):
            tell(f"round {number + 1} of {len(rounds)}: {len(articles)} articles")
            alone.append(encode_alone(encoder, articles))
            passages.append(pass_through(deployment, articles))
    return _report(machine, options, encoder, [len(each) for each in rounds], alone, passages)


def encode_alone(encoder: Encoder, articles: Sequence[Article]) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    texts = [text_to_encode(each.title, each.text) for each in articles]
    started, worked = time.perf_counter(), time.process_time()
    for part in parts(texts, ENCODE_ARTICLES):
        encoder.encode(part)
    return time.perf_counter() - started, time.process_time() - worked


def pass_through(deployment: Deployment, articles: Sequence[Article]) -> Passage:
    """Send these, and wait until all are on `stories`."""
    goal = deployment.committed() + len(articles)
    readings, clock = deployment.readings(), PipelineProcessorTime(deployment)
    started = time.perf_counter()
    deployment.send(articles)
    deployment.wait(lambda: deployment.committed() >= goal, WITHIN_S, "all articles are in the store")
    committed = time.perf_counter() - started
    readings = deployment.readings() - readings
    deployment.wait(deployment.published, WITHIN_S, "all stories are published")
    published = time.perf_counter() - started
    return Passage(committed, published, readings, clock.spent())


def rounds_of(options: PipelineOptions) -> list[list[Article]]:
    """The articles of each round, none of them twice. Raises BenchError where there are fewer than rounds."""
    if options.file is None:
        return [made_news(options.articles, f"round-{number}") for number in range(options.rounds)]
    read = [each.article for each in read_annotated(Path(options.file), on_invalid=lambda *_: None)]
    given = list({each.article_id: each for each in read}.values())
    if len(given) < options.rounds:
        raise BenchError(
            f"{options.file} has {len(given)} articles, and each of {options.rounds} rounds takes others: "
            "name a file with more, or fewer --rounds"
        )
    size = min(options.articles, len(given) // options.rounds)
    return [given[number * size : (number + 1) * size] for number in range(options.rounds)]


def _report(
    machine: Machine,
    options: PipelineOptions,
    encoder: Encoder,
    counts: Sequence[int],
    alone: Sequence[tuple[float, float]],
    passages: Sequence[Passage],
) -> PipelineReport:
    alone_took, alone_worked = zip(*alone, strict=True)
    took = [each.seconds(options.settle_s + options.interval_s) for each in passages]
    committed = sum(each.committed_s for each in passages)
    clusterer = sum((each.readings for each in passages), Readings())
    alone_cpu = 1_000 * sum(alone_worked) / sum(counts)
    cpu = {role: 1_000 * sum(each.spent[role] for each in passages) / sum(counts) for role in passages[0].spent}
    return PipelineReport(
        machine=machine,
        options=options,
        encoder=encoder.name,
        articles_per_s=rate(counts[0], took),
        encoder_articles_per_s=rate(counts[0], alone_took),
        ratio=median_ratio(alone_took, took),
        published_after_s=round(max(each.published_s - each.committed_s for each in passages), 2),
        stages=stage_shares(clusterer, committed),
        encoder_cpu_ms_per_article=round(alone_cpu, 2),
        cpu_ms_per_article={role: round(each, 2) for role, each in cpu.items()},
        cpu_ratio=round(alone_cpu / sum(cpu.values()), 3),
    )
