"""An edition is given other settings while publishers of the old ones stand still somewhere (promise 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from kafka.errors import KafkaConnectionError
from redis import Redis

from consumers.publisher.hold import ShardLostError
from consumers.publisher.shard import Made
from pipeline.adapters.store.edition import EditionSettings, ShardsHeldError
from pipeline.adapters.store.keys import Keys, shard_of
from pipeline.adapters.store.outbox import Lease
from pipeline.domain.clustering.desk import Action
from pipeline.domain.records.parse import parse_article
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.runtime.edition_settings import apply_settings
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.corrections import Promises
from tests.support.drive import cluster_all, clusterer, converge, held_shard, publish_all, publisher
from tests.support.editions import a_clusterer, a_publisher
from tests.support.samples import article
from tests.support.store import SETTINGS, Store, changes
from tests.support.world import open_world

KEYS = Keys(SETTINGS.edition)
EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0, "lease_s": 1.0}


def with_publisher(settings: Settings, **parts: object) -> Settings:
    """The same but for these settings of the publisher."""
    return settings.model_copy(update={"publisher": settings.publisher.model_copy(update=parts)})


def moving_to_shard_0(before: int, after: int) -> bytes:
    """An article whose story has shard 1 before and another one after their number changes."""
    for line in map(article, range(100)):
        story_id = parse_article(line).article_id[:20]
        if (shard_of(story_id, before), shard_of(story_id, after)) == (1, 0):
            return line
    raise AssertionError("none of these")


@pytest.mark.parametrize(("before", "after"), [(2, 1), (2, 3)])
def test_a_holder_of_an_old_shard_that_stood_still_publishes_nothing_once_the_shards_are_others(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch,
    before: int, after: int,
) -> None:  # fmt: skip
    settings = settings_for(kafka_broker, publisher={**EAGER, "shards": before})
    newer = with_publisher(settings, shards=after)
    with open_world(settings) as world, clusterer(settings, HashingEncoder()) as one:
        with publisher(settings) as first:
            converge(world, first)
        world.send([moving_to_shard_0(before, after)])
        cluster_all(world, [one], 1)
        (story_id,) = world.stories.live_ids()
        late = held_shard(world, lease_s=1.0, number=1)
        send = late._send

        def stand_still(records: Sequence[Made]) -> None:
            world.redis.delete(Keys(settings.redis.edition).lease(1))  # it runs out
            assert apply_settings(world.redis, newer) == {"shards": (str(before), str(after))}
            Promises(world.redis, settings.redis).correct(Action.HIDE, story_id)
            with publisher(newer) as heir:
                publish_all(replace(world, settings=newer), heir)
            send(records)

        monkeypatch.setattr(late, "_send", stand_still)
        with pytest.raises(ShardLostError, match="records not published"):
            late.publish_due()
        late.abandon()
        assert [each["hidden"] for each in world.published()] == [True]


def test_no_publisher_takes_a_shard_while_the_old_ones_are_fenced_and_all_may_afterwards(redis: Redis) -> None:
    Store(redis).commit(changes(("a", "a story")))
    edition = EditionSettings(redis, SETTINGS)
    fenced: list[int] = []

    def fence(shard: int) -> None:
        fenced.append(shard)
        assert not any(Lease(redis, SETTINGS, each, 30.0).acquire() for each in range(2))

    edition.apply(a_clusterer(shards=2), a_publisher(shards=2), fenced.append)
    assert fenced == [0]
    edition.apply(a_clusterer(shards=3), a_publisher(shards=3), fence)
    assert fenced == [0, 0, 1]
    assert all(Lease(redis, SETTINGS, each, 30.0).acquire() for each in range(3))


def test_shards_that_are_not_all_fenced_stay_as_many_as_they_were(redis: Redis) -> None:
    Store(redis).commit(changes(("a", "a story")))
    edition = EditionSettings(redis, SETTINGS)

    def refused(shard: int) -> None:
        raise KafkaConnectionError

    def too_slow(shard: int) -> None:
        redis.delete(KEYS.lease(shard))
        assert Lease(redis, SETTINGS, shard, 30.0).acquire()

    with pytest.raises(KafkaConnectionError):
        edition.apply(a_clusterer(shards=2), a_publisher(shards=2), refused)
    with pytest.raises(ShardsHeldError):
        edition.apply(a_clusterer(shards=2), a_publisher(shards=2), too_slow)
    assert edition.read()["shards"] == "1"
    assert redis.exists(KEYS.lease(0)), "what another one took meanwhile is not given back"


def test_stories_that_were_held_back_are_shown_once_fewer_sources_are_enough(
    settings_for: SettingsFor, embedded_broker: BrokerUnderTest
) -> None:
    settings = settings_for(embedded_broker, publisher={**EAGER, "min_sources": 2})
    fewer = with_publisher(settings, min_sources=1)
    with open_world(settings) as world, clusterer(settings, HashingEncoder()) as one:
        world.send([article(1)])
        cluster_all(world, [one], 1)
        with publisher(settings) as out:
            converge(world, out)
        assert world.published() == []
        assert apply_settings(world.redis, fewer) == {"min_sources": ("2", "1")}
        with publisher(fewer) as out:
            out.step()
            converge(replace(world, settings=fewer), out)
        assert sorted(world.last_records()) == world.stories.live_ids()
