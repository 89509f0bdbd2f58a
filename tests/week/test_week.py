"""Seven days of articles in minutes: what is held levels off, and what waits, waits in Kafka.

The clock is that of the articles: their records bear the time at which they would have come in. Only the retention
of ended stories, which Redis counts, is real time, and scaled down to what some of these days take.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pytest

from consumers.clusterer.clusterer_metrics import ClustererMetrics
from consumers.clusterer.service import make_clusterer
from consumers.clusterer.worker import Clusterer
from pipeline.adapters.kafka.clients import make_producer
from pipeline.domain.records.article import Article, published_seconds
from pipeline.json_codec import to_json
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.runtime.embedded import EmbeddedRedis
from pipeline.settings import Settings
from pipeline.testing.articles import DAY, made_up_articles
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import publish_all, publisher
from tests.support.waiting import eventually
from tests.support.world import World, open_world

BATCH = 128
BURST = 50_000
WHILE_WAITING_MB = 96
"""A clusterer may grow by so much while the burst waits: what it has fetched ahead and its new stories."""


@dataclass(frozen=True)
class Evening:
    """What is held at the end of a day."""

    articles: int
    live_stories: int
    keys: int
    redis_mb: float
    process_mb: float

    def line(self, day: int) -> str:
        return (
            f"| {day} | {self.articles:,} | {self.live_stories:,} | {self.keys:,} | {self.redis_mb:.1f} "
            f"| {self.process_mb:.0f} |"
        )


def process_mb() -> float:
    """Resident memory of this process, which holds the clusterer and the publisher."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def send(world: World, articles: Iterable[Article]) -> None:
    """As if each came in when it was published."""
    topic = world.settings.kafka.topics.articles
    producer = make_producer(world.settings.kafka)
    for each in articles:
        at = published_seconds(each.published_at) or 0.0
        producer.send(topic, value=to_json(each.wire()), timestamp_ms=int(at * 1000))
    producer.flush()
    producer.close()


def take(world: World, clusterer: Clusterer, records: int) -> None:
    deadline = time.monotonic() + 1_200
    while world.positions.counters()["in"] < records:
        assert time.monotonic() < deadline
        clusterer.step()


def evenings(world: World, clusterer: Clusterer, per_day: int) -> Iterator[Evening]:
    """Live through the week."""
    articles = made_up_articles(per_day)
    with publisher(world.settings) as out:
        for total in range(per_day, 7 * per_day + 1, per_day):
            send(world, islice(articles, per_day))
            take(world, clusterer, total)
            clusterer.sweep()
            publish_all(world, out)
            info = world.redis.info("memory")
            yield Evening(
                total, len(world.stories.live_ids()), world.redis.dbsize(),
                info["used_memory"] / 1e6, process_mb(),
            )  # fmt: skip


@pytest.fixture
def settings(embedded_broker: BrokerUnderTest, settings_for: SettingsFor) -> Iterator[Settings]:
    with EmbeddedRedis() as redis:
        yield settings_for(
            embedded_broker,
            redis={"url": redis.url, "retention_s": 3.0},
            publisher={"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0},
            clusterer={"quiet_time_s": DAY.total_seconds(), "batch_size": BATCH, "batch_wait_s": 0.05},
        )


def _week(settings: Settings, per_day: int) -> list[Evening]:
    with open_world(settings) as world:
        clusterer = make_clusterer(settings, HashingEncoder(), ClustererMetrics())
        try:
            held = list(evenings(world, clusterer, per_day))
        finally:
            clusterer.close()
        # Of what has ended nothing stays: three keys for each live story, and those of the edition.
        most = 3 * held[-1].live_stories + 50
        eventually(lambda: world.redis.dbsize() <= most, what=f"at most {most} keys")
        return held


def test_in_a_week_of_steady_news_what_is_held_levels_off(settings: Settings) -> None:
    held = _week(settings, per_day=150)
    middle, end = held[3], held[6]
    assert end.articles == 7 * 150
    assert end.live_stories <= 1.35 * middle.live_stories
    assert end.live_stories < 0.6 * 7 * 150 * 0.25, "stories of the first days have ended"


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_in_a_long_week_memory_levels_off_too(settings: Settings) -> None:
    held = _week(settings, per_day=3_000)
    print("\n| day | articles | live stories | keys | Redis, MB | process, MB |\n|---|---|---|---|---|---|")
    for day, evening in enumerate(held, start=1):
        print(evening.line(day))
    middle, end = held[3], held[6]
    assert end.keys <= 1.2 * middle.keys
    assert end.redis_mb <= 1.2 * middle.redis_mb
    assert end.process_mb <= 1.2 * middle.process_mb


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_a_burst_waits_in_kafka_and_never_in_memory(settings: Settings) -> None:
    with open_world(settings) as world:
        send(world, islice(made_up_articles(BURST), BURST))
        clusterer = make_clusterer(settings, HashingEncoder(), ClustererMetrics())
        try:
            take(world, clusterer, BATCH)
            before, most = process_mb(), 0.0
            while world.positions.counters()["in"] < BURST // 10:
                clusterer.step()
                most = max(most, process_mb())
            grown = most - before
            print(f"\n{BURST} wait, {BURST // 10} are taken: {grown:.0f} MB more")
            assert grown <= WHILE_WAITING_MB
        finally:
            clusterer.close()
