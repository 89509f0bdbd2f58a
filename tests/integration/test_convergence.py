"""What stands on `stories` after Redis lost what it had published (promise 10)."""

from __future__ import annotations

from typing import Any

import pytest

from groundswell.record import Reason, Status
from pipeline.adapters.store.keys import Keys
from pipeline.domain.encoder.protocol import Encoder
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.runtime.edition_settings import apply_settings
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import cluster_all, clusterer, converge, publish_all, publisher
from tests.support.samples import article, article_ids
from tests.support.topics import make_again
from tests.support.world import World, check_promises, open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}
FLOOD = {"title": "River floods Millhaven, 300 leave their homes", "text": "The river rose over its banks."}
CHESS = {"title": "Chess final in Velga ends in a draw", "text": "The last game took seven hours."}


def coverage(*numbers: int, **parts: str) -> list[bytes]:
    return [article(each, f"outlet{each}.example", **parts) for each in numbers]


def keys(world: World) -> list[bytes]:
    """All of the edition."""
    return list(world.redis.scan_iter(match=f"{Keys(world.settings.redis.edition).prefix}*"))


def lose(world: World) -> None:
    """Everything, at once."""
    world.redis.delete(*keys(world))


def live_on_topic(world: World) -> dict[str, dict[str, Any]]:
    return {each: last for each, last in world.last_records().items() if last["status"] == Status.ACTIVE}


@pytest.fixture
def settings(broker: BrokerUnderTest, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("consumers.publisher.convergence.LOOK_S", 0.05)
    monkeypatch.setattr("pipeline.adapters.kafka.reading.POLL_MS", 50)
    return settings_for(broker, publisher=EAGER, kafka={"topics": {"articles_partitions": 1}})


def test_stories_that_a_redis_lost_and_that_are_made_otherwise_end_on_the_topic(
    settings: Settings, encoder: Encoder
) -> None:
    flood, chess = coverage(1, 2, 3, **FLOOD), coverage(4, **CHESS)
    with open_world(settings) as world, publisher(settings) as out:
        world.send([chess[0], *flood])
        with clusterer(settings, encoder) as one:
            cluster_all(world, [one], 4)
            publish_all(world, out)
        before = live_on_topic(world)
        assert len(before) == 2
        lose(world)
        # The oldest two records have expired meanwhile: one story is opened by another article, one is gone.
        world.positions.start(settings.kafka.topics.articles, {0: 2})
        with clusterer(settings, encoder) as one:
            cluster_all(world, [one], 2)
        converge(world, out)
        last = world.last_records()
        (now,) = live_on_topic(world).values()
        assert {each["article_id"] for each in now["articles"]} == set(article_ids(flood[1:]))
        named = {record["title"]: story_id for story_id, record in before.items()}
        flooded, played = named[FLOOD["title"]], named[CHESS["title"]]
        assert (last[flooded]["status"], last[flooded]["merged_into"]) == ("merged", now["story_id"])
        assert now["absorbed"] == [flooded]
        assert (last[played]["status"], last[played]["articles"]) == ("closed", [])
        assert all(last[each]["revision"] > before[each]["revision"] for each in before)


def test_a_redis_that_lost_everything_and_was_filled_again_agrees_with_the_topic(
    settings: Settings, encoder: Encoder
) -> None:
    lines = [*coverage(1, 2, 3, **FLOOD), *coverage(4, 5, **CHESS)]
    with open_world(settings) as world, publisher(settings) as out:
        world.send(lines)
        with clusterer(settings, encoder) as one:
            cluster_all(world, [one], 5)
            publish_all(world, out)
        before = live_on_topic(world)
        lose(world)
        out.step()
        assert live_on_topic(world).keys() == before.keys(), "nothing ends before the input was read again"
        with clusterer(settings, encoder) as one:
            cluster_all(world, [one], 5)
        converge(world, out)
        assert live_on_topic(world).keys() == before.keys()
        check_promises(world, article_ids(lines))


def test_a_story_of_which_redis_has_an_older_state_is_published_again(
    settings: Settings, encoder: Encoder
) -> None:
    first, second = coverage(1, **FLOOD), coverage(2, **FLOOD)
    with open_world(settings) as world, publisher(settings) as out:
        world.send(first)
        with clusterer(settings, encoder) as one:
            cluster_all(world, [one], 1)
            publish_all(world, out)
            kept = {key: world.redis.dump(key) for key in keys(world)}
            world.send(second)
            cluster_all(world, [one], 2)
            publish_all(world, out)
        (before,) = live_on_topic(world).values()
        lose(world)
        for key, value in kept.items():
            if not key.endswith((b":server", b":settled", b":0")):
                assert value is not None
                world.redis.restore(key, 0, value)
        # Nobody reads the second article again: it stands for whatever the store is never told again.
        world.positions.move(settings.kafka.topics.articles, 0, 1, 2)
        converge(world, out)
        (now,) = live_on_topic(world).values()
        assert (before["article_count"], now["article_count"]) == (2, 1)
        assert now["revision"] > before["revision"]
        assert now["revision_reasons"] == [Reason.RESTORED]


@pytest.mark.parametrize("redis_restarts", [False, True])
def test_a_topic_of_stories_that_was_made_again_gets_all_live_stories_again(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, redis_restarts: bool
) -> None:
    settings = settings_for(kafka_broker, publisher={**EAGER, "shards": 1})
    with open_world(settings) as world, clusterer(settings, HashingEncoder()) as one:
        with publisher(settings) as out:
            world.send(coverage(1, **FLOOD))
            cluster_all(world, [one], 1)
            converge(world, out)
        before = world.last_records()
        make_again(settings, settings.kafka.topics.stories)
        assert "stories_id" in apply_settings(world.redis, settings)
        if redis_restarts:
            world.redis.delete(Keys(settings.redis.edition).server)
        with publisher(settings) as out:
            out.step()
            converge(world, out)
            after = world.last_records()
            assert sorted(after) == sorted(before) == world.stories.live_ids()
            assert all(after[each]["revision"] > before[each]["revision"] for each in before)
            assert [each["title"] for each in after.values()] == [FLOOD["title"]]
            assert all(each["revision_reasons"] == [Reason.RESTORED] for each in after.values())
            out.step()
        assert len(world.published()) == 1, "once is enough"
