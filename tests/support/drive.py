"""Runs the consumers inside the test, turn by turn, until there is nothing left to do."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence

from consumers.clusterer.clusterer_metrics import ClustererMetrics
from consumers.clusterer.service import make_clusterer
from consumers.clusterer.worker import Clusterer
from consumers.publisher.policy import Policy
from consumers.publisher.publisher_metrics import PublisherMetrics
from consumers.publisher.service import known_outlets, make_publisher, record_builder
from consumers.publisher.shard import Shard, ShardStores
from consumers.publisher.worker import Publisher
from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.kept_stories import KeptStories
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.outbox import Lease
from pipeline.adapters.store.server import ServerGuard
from pipeline.domain.encoder.protocol import Encoder
from pipeline.settings import Settings
from tests.support.waiting import eventually
from tests.support.world import World

WITHIN_S = 120.0


@contextlib.contextmanager
def clusterer(settings: Settings, encoder: Encoder) -> Iterator[Clusterer]:
    """A clusterer of the real parts."""
    made = make_clusterer(settings, encoder, ClustererMetrics())
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def publisher(settings: Settings) -> Iterator[Publisher]:
    """A publisher of the real parts."""
    made = make_publisher(settings, PublisherMetrics())
    try:
        yield made
    finally:
        made.close()


def held_shard(world: World, lease_s: float, number: int = 0) -> Shard:
    """A shard of the real parts, without a loop around it: nobody keeps it up."""
    lease = Lease(world.redis, world.settings.redis, number, lease_s)
    assert lease.acquire()
    server = ServerGuard(world.redis, world.settings.redis)
    assert server.confirm()
    outlets = known_outlets(world.settings)
    stories = KeptStories(world.redis, world.settings.redis, server, outlets, most_members=1_000)
    stores = ShardStores(world.outbox, stories, server)
    policy, build = Policy(world.settings.publisher, outlets), record_builder(world.settings, outlets)
    return Shard(number, lease, world.settings, stores, policy, build, PublisherMetrics())


def cluster_all(world: World, clusterers: Sequence[Clusterer], records: int) -> None:
    """Until this many records are applied."""
    deadline = time.monotonic() + WITHIN_S
    while world.positions.counters()["in"] < records:
        assert time.monotonic() < deadline, f"stuck at {world.positions.counters()} of {records}"
        for each in clusterers:
            each.step()


def publish_all(world: World, *publishers: Publisher) -> None:
    """Until the outbox is empty."""
    deadline = time.monotonic() + WITHIN_S
    while world.unpublished():
        assert time.monotonic() < deadline, f"{world.unpublished()} stories stay unpublished"
        for each in publishers:
            each.step()
        time.sleep(0.02)


def converge(world: World, out: Publisher) -> None:
    """Until the shards are settled with the topic and the outbox is empty."""
    settled = Keys(world.settings.redis.edition).settled

    def done() -> bool:
        out.step()
        stages = [as_text(each).rpartition(" ")[2] for each in world.redis.hvals(settled)]
        return stages == ["2"] * world.settings.publisher.shards

    eventually(done, what="shards settled")
    publish_all(world, out)


def run_through(settings: Settings, world: World, encoder: Encoder, records: int) -> None:
    """One clusterer and one publisher, until everything is published."""
    with clusterer(settings, encoder) as one, publisher(settings) as other:
        cluster_all(world, [one], records)
        publish_all(world, other)
