"""An edition is rebuilt beside the one that publishes, and takes over: subscribers see lineage, never silence."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from kafka.errors import KafkaError

from consumers.clusterer.worker import Clusterer
from consumers.publisher.worker import Publisher
from groundswell.record import Status
from pipeline.adapters.kafka.clients import make_consumer, make_producer
from pipeline.adapters.kafka.envelope import story_source
from pipeline.adapters.kafka.shard_fence import transactional_id
from pipeline.adapters.store.edition import AnotherIdentityError, EditionSettings, SucceededError
from pipeline.adapters.store.editions import editions, remove
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.succession import SuccessionError
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.runtime.rebuild.beginning import begin
from pipeline.runtime.rebuild.distance import Way
from pipeline.runtime.rebuild.switching import Switch
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.rebuilding import HalfBlindEncoder, Reader, newer
from tests.support.samples import article, sample_lines
from tests.support.waiting import eventually
from tests.support.world import World, open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}
SWITCH = "pipeline.runtime.rebuild.switching"


@dataclass
class Both:
    """Blue publishes, green stands by."""

    blue: World
    green: World

    @property
    def name(self) -> str:
        return self.blue.settings.redis.edition

    def begin(self, **options: Any) -> None:
        begin(self.blue.redis, self.green.settings, self.name, **options)

    def switching(self, turn: Callable[[], object] = lambda: None) -> Switch:
        """What others do while it waits is done by `turn`."""
        return Switch(self.blue.redis, self.green.settings, lambda _: None, sleep=lambda _: turn())

    def sources(self) -> list[list[bytes]]:
        """Of the records on `stories`, by partition: whose they are."""
        found: dict[int, list[bytes]] = {}
        for each in self.blue.read(self.blue.settings.kafka.topics.stories):
            found.setdefault(each.partition, []).append(dict(each.headers)["ce_source"])
        return list(found.values())


@contextlib.contextmanager
def both(settings: Settings) -> Iterator[Both]:
    with open_world(settings) as blue, open_world(newer(settings)) as green:
        yield Both(blue, green)


@pytest.fixture
def pair(embedded_broker: BrokerUnderTest, settings_for: SettingsFor) -> Iterator[Both]:
    with both(settings_for(embedded_broker, publisher=EAGER)) as made:
        yield made


def converge(world: World, out: Publisher) -> None:
    """Until what the older edition had published is settled, and nothing waits."""
    settled = Keys(world.settings.redis.edition).settled

    def done() -> bool:
        out.step()
        stages = [each.rpartition(b" ")[2] for each in world.redis.hvals(settled)]
        return stages == [b"2"] * world.settings.publisher.shards

    eventually(done, what="shards settled")
    publish_all(world, out)


def check_taken_over(it: Both, reader: Reader) -> None:
    """What a subscriber has is what the newer edition has, and every id leads somewhere."""
    live = set(it.green.stories.live_ids())
    last = it.green.last_records()
    assert {each for each, record in last.items() if record["status"] == Status.ACTIVE} == live
    eventually(lambda: reader.stories.keys() == last.keys() and all(
        reader.stories[each].revision == record["revision"] for each, record in last.items()
    ), what="the subscriber has the last records")  # fmt: skip
    assert reader.live == live
    for each in live:
        assert reader.subscriber.resolve(each) == each
        held = it.green.stories.snapshot(each)
        assert held is not None
        assert held.revision == last[each]["revision"]
    for each, record in reader.stories.items():
        survivor = reader.stories[reader.subscriber.resolve(each)]
        assert survivor.status is not Status.MERGED
        assert record.status is Status.MERGED or survivor is record
    revisions: dict[str, int] = {}
    for record in it.green.published():
        assert record["revision"] > revisions.get(record["story_id"], 0)
        revisions[record["story_id"]] = record["revision"]
    ours = story_source(it.green.settings.redis.edition).encode()
    for sources in it.sources():
        first = sources.index(ours) if ours in sources else len(sources)
        assert set(sources[first:]) <= {ours}, "no two editions publish at a time"


def test_a_subscriber_who_reads_throughout_ends_with_the_stories_of_the_new_encoder(
    broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    lines = sample_lines()
    settings = settings_for(broker, publisher=EAGER, clusterer={"batch_size": 16, "sweep_every": 32})
    with contextlib.ExitStack() as stack:
        it = stack.enter_context(both(settings))
        reader = stack.enter_context(Reader(settings))
        one, out = (
            stack.enter_context(clusterer(settings, HashingEncoder())),
            stack.enter_context(publisher(settings)),
        )
        it.blue.send(lines[:100])
        cluster_all(it.blue, [one], 100)
        publish_all(it.blue, out)
        it.begin()
        two = stack.enter_context(clusterer(it.green.settings, HalfBlindEncoder()))
        cluster_all(it.green, [two], 60)
        it.blue.send(lines[100:130])  # articles go on meanwhile
        cluster_all(it.blue, [one], 115)
        publish_all(it.blue, out)
        cluster_all(it.blue, [one], 130)
        assert it.blue.unpublished(), "something of the older one is not published when it ends"
        new = stack.enter_context(publisher(it.green.settings))
        for _ in range(5):
            new.step()
        assert {each for sources in it.sources() for each in sources} == {story_source(it.name).encode()}
        before = set(it.blue.stories.live_ids())
        it.switching(two.step).run(it.name, max_lag=200)
        for ended in (out, two and one):
            with pytest.raises(SucceededError, match=f"^edition {it.name} has ended, edition .*-green has come"):
                it.blue.send(lines[130:135])
                for _ in range(50):
                    ended.step()
        sent = sum(it.green.ends().values())
        cluster_all(it.green, [two], sent)
        converge(it.green, new)
        check_taken_over(it, reader)
        assert before - set(it.green.stories.live_ids()), "the encoders see the same: this test shows nothing"
        assert before & set(it.green.stories.live_ids())
        ended = {each: reader.stories[each].status for each in before - set(it.green.stories.live_ids())}
        assert Status.MERGED in ended.values()
