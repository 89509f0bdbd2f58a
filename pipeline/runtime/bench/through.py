"""`groundswell bench pipeline`: articles a second through everything, beside the encoder alone on the same texts.

A round is the same articles for both: first the encoder alone in this process, then producer, broker, clusterer,
Redis, publisher and broker, each a process of its own. The ratio is the median of the rounds' ratios.
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
from pipeline.quality.bench.encode import parts
from pipeline.quality.bench.machine import Machine, this_machine
from pipeline.quality.bench.made_news import made_news
from pipeline.quality.bench.statistics import median_ratio, rate
from pipeline.runtime.bench.deployment import Deployment, Services
from pipeline.runtime.bench.readings import PROCESSOR, Readings, read_metrics, stage_shares
from pipeline.settings import Settings

ENCODE_ARTICLES = 256
"""Handed to the encoder alone at once: it is quickest with many texts to sort by length."""
WARM_UP = 64
WITHIN_S = 600.0

Tell = Callable[[str], None]


@dataclass(frozen=True)
class PipelineOptions:
    """What is sent, and how it is published."""

    articles: int = 600
    """In a round."""
    rounds: int = 2
    settle_s: float = 0.5
    interval_s: float = 1.0
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
    publisher: Readings

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
    processor: dict[str, float]
    """Processor seconds a second of each role."""


def bench_pipeline(
    base: Settings, encoder: Encoder, services: Services, options: PipelineOptions, tell: Tell
) -> PipelineReport:
    """The encoder is that of the settings, which the clusterer loads too."""
    machine = this_machine(base.encoder.threads)
    publisher = {"settle_s": options.settle_s, "interval_s": options.interval_s}
    alone, passages = [], []
    with Deployment(services, services.settings(base, publisher=publisher)) as deployment:
        tell("warming up")
        encoder.encode([text_to_encode(each.title, each.text) for each in made_news(WARM_UP, "warm")])
        pass_through(deployment, made_news(WARM_UP, "warm"))
        for number, articles in enumerate(_rounds(options)):
            tell(f"round {number + 1} of {options.rounds}: {len(articles)} articles")
            alone.append(encode_alone(encoder, articles))
            passages.append(pass_through(deployment, articles))
    return _report(machine, options, encoder, alone, passages)


def encode_alone(encoder: Encoder, articles: Sequence[Article]) -> float:
    """Seconds."""
    texts = [text_to_encode(each.title, each.text) for each in articles]
    started = time.perf_counter()
    for part in parts(texts, ENCODE_ARTICLES):
        encoder.encode(part)
    return time.perf_counter() - started


def pass_through(deployment: Deployment, articles: Sequence[Article]) -> Passage:
    """Send these, and wait until all are on `stories`."""
    goal = deployment.committed() + len(articles)
    clusterer, publisher = deployment.readings(), read_metrics(deployment.publishers[0].url)
    started = time.perf_counter()
    deployment.send(articles)
    deployment.wait(lambda: deployment.committed() >= goal, WITHIN_S, "all articles are in the store")
    committed = time.perf_counter() - started
    readings = deployment.readings() - clusterer
    deployment.wait(deployment.published, WITHIN_S, "all stories are published")
    published = time.perf_counter() - started
    return Passage(committed, published, readings, read_metrics(deployment.publishers[0].url) - publisher)


def _rounds(options: PipelineOptions) -> list[list[Article]]:
    """The articles of each round, none of them twice."""
    if options.file is None:
        return [made_news(options.articles, f"round-{number}") for number in range(options.rounds)]
    given = [each.article for each in read_annotated(Path(options.file), on_invalid=lambda *_: None)]
    size = min(options.articles, len(given) // options.rounds)
    return [given[number * size : (number + 1) * size] for number in range(options.rounds)]


def _report(
    machine: Machine,
    options: PipelineOptions,
    encoder: Encoder,
    alone: Sequence[float],
    passages: Sequence[Passage],
) -> PipelineReport:
    counts = [len(each) for each in _rounds(options)]
    took = [each.seconds(options.settle_s + options.interval_s) for each in passages]
    committed = sum(each.committed_s for each in passages)
    clusterer = sum((each.readings for each in passages), Readings())
    publisher = sum((each.publisher for each in passages), Readings())
    return PipelineReport(
        machine=machine,
        options=options,
        encoder=encoder.name,
        articles_per_s=rate(counts[0], took),
        encoder_articles_per_s=rate(counts[0], alone),
        ratio=median_ratio(alone, took),
        published_after_s=round(max(each.published_s - each.committed_s for each in passages), 2),
        stages=stage_shares(clusterer, committed),
        processor={
            "clusterer": round(clusterer.total(PROCESSOR) / committed, 2),
            "publisher": round(publisher.total(PROCESSOR) / sum(each.published_s for each in passages), 2),
        },
    )
