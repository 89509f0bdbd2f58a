"""Two editions behind a router: each article is in one of them, also where routers are killed."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from kafka.consumer.fetcher import ConsumerRecord

from consumers.router.choice import Choice
from consumers.router.router_metrics import RouterMetrics
from consumers.router.worker import Router
from pipeline.adapters.kafka.clients import close_producer, make_admin, make_consumer, make_producer
from pipeline.adapters.kafka.reading import read_to_end
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.domain.encoder.protocol import Encoder
from pipeline.json_codec import to_json
from pipeline.runtime.embedded import ManagedProcess
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import run_through
from tests.support.settings import settings_env
from tests.support.waiting import eventually
from tests.support.world import open_world

COMMAND = (sys.executable, "-m", "pipeline.runtime.cli.main", "consume", "router")
LANGUAGES = ("de", "en", "ja")
SENT = 600
ARRIVED_MS = int(time.time() * 1_000) - 5_000


class Region:
    """What producers write to, and two editions that share a topic of stories."""

    def __init__(self, broker: BrokerUnderTest, settings_for: SettingsFor) -> None:
        first = settings_for(broker, publisher={"min_sources": 1, "settle_s": 0.0, "interval_s": 0.0})
        topic, stories = first.kafka.topics.articles, first.kafka.topics.stories
        self.german, self.other = f"{topic}.de", f"{topic}.other"
        editions = {self.german: ["de"], self.other: ["en"]}
        values = first.model_dump() | {
            "router": {"editions": editions, "default": self.other, "group": f"router-{topic}"}
        }
        self.intake = Settings(**values)
        self.editions = [self._edition(each, stories) for each in editions]
        for each in (self.intake, *self.editions):
            with contextlib.closing(make_admin(each.kafka)) as admin:
                apply_topics(admin, each.kafka)

    def _edition(self, topic: str, stories: str) -> Settings:
        values = self.intake.model_dump()
        values["kafka"]["group"] = f"clusterer-{topic}"
        values["kafka"]["topics"] |= {"articles": topic, "stories": stories, "dead_letters": f"{topic}.letters"}
        values["redis"]["edition"] = topic.replace(".", "-")
        return Settings(**values)

    def send(self, count: int) -> None:
        """Articles of three languages in turn, and one record that is none."""
        producer = make_producer(self.intake.kafka)
        topic = self.intake.kafka.topics.articles
        for number in range(count):
            language = LANGUAGES[number % 3]
            said = {"url": f"https://a.example/{number}", "title": f"Pier {number} falls", "language": language}
            headers = [("ce_id", str(number).encode())]
            key, value = str(number).encode(), to_json(said)
            producer.send(topic, key=key, value=value, headers=headers, timestamp_ms=ARRIVED_MS)
        producer.send(topic, key=b"none", value=b"no article")
        producer.flush()
        close_producer(producer, 5)

    def arrived(self, topic: str) -> list[ConsumerRecord]:
        with contextlib.closing(make_consumer(self.intake.kafka)) as consumer:
            return list(read_to_end(consumer, topic))

    def has(self, count: int) -> bool:
        return sum(self.keys().values()) >= count

    def keys(self) -> Counter[bytes]:
        return Counter(each.key for topic in (self.german, self.other) for each in self.arrived(topic))


def test_two_editions_share_the_articles_by_language_and_one_topic_of_stories(
    embedded_broker: BrokerUnderTest, settings_for: SettingsFor, encoder: Encoder
) -> None:
    region = Region(embedded_broker, settings_for)
    region.send(9)
    choice = Choice(region.intake.router, region.intake.kafka.topics.articles, 1_000)
    router, handed_on = Router(region.intake, choice, RouterMetrics(choice.topics)), 0
    deadline = time.monotonic() + 60
    while handed_on < 10:
        assert time.monotonic() < deadline
        handed_on += router.step()
    router.close()
    german, other = region.arrived(region.german), region.arrived(region.other)
    assert {each.key for each in german} == {b"0", b"3", b"6"}
    assert {each.key for each in other} == {b"1", b"2", b"4", b"5", b"7", b"8", b"none"}
    assert all(each.headers == [("ce_id", each.key)] for each in german)
    assert all(each.timestamp == ARRIVED_MS for each in german)
    for settings, records in zip(region.editions, (german, other), strict=True):
        with open_world(settings) as world:
            run_through(settings, world, encoder, len(records))
            counters = world.positions.counters()
            letters = int(settings == region.editions[1])
            assert (counters["in"], counters["dead_lettered"]) == (len(records), letters)
    with contextlib.closing(make_consumer(region.intake.kafka)) as consumer:
        stories = list(read_to_end(consumer, region.intake.kafka.topics.stories))
    sources = {dict(each.headers)["ce_source"] for each in stories}
    assert len(sources) == 2
    for settings in region.editions:
        assert any(settings.redis.edition.encode() in source for source in sources)


@pytest.mark.long
def test_routers_that_are_killed_lose_no_article_and_double_none(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    region = Region(kafka_broker, settings_for)
    region.send(SENT)
    env = settings_env(region.intake.model_copy(update={"metrics": type(region.intake.metrics)(router_port=0)}))
    for number in range(3):
        with ManagedProcess("router", COMMAND, log=tmp_path / f"{number}.log", env=env) as router:
            at_least = sum(region.keys().values()) + 1
            eventually(partial(region.has, at_least), timeout_s=90)
            router.kill()
        if number < 2:
            region.send(SENT)  # the same ids again
    with ManagedProcess("router", COMMAND, log=tmp_path / "last.log", env=env):
        eventually(partial(region.has, 3 * (SENT + 1)), timeout_s=90)
    counted = region.keys()
    assert set(counted.values()) == {3}, "each was sent three times"
    assert len(counted) == SENT + 1
