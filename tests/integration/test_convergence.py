"""What stands on `stories` after Redis lost what it had published (promise 10)."""

from __future__ import annotations

from typing import Any

import pytest
from redis import Redis

from consumers.publisher.worker import Publisher
from pipeline.clustering.types import Merge
from pipeline.encoder.protocol import Encoder
from pipeline.records.story import Reason, Status
from pipeline.settings import Settings
from pipeline.store.keys import Keys
from pipeline.store.settlement import Published, Settled, Settlement
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.samples import article, article_ids
from tests.support.store import SETTINGS, SHARDS, Store, changes, members
from tests.support.waiting import eventually
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


def converge(world: World, out: Publisher) -> None:
    """Until the shards are settled and the outbox is empty."""
    settled = Keys(world.settings.redis.edition).settled

    def done() -> bool:
        out.step()
        return int(world.redis.hlen(settled)) == world.settings.publisher.shards

    eventually(done, what="shards settled")
    publish_all(world, out)


def live_on_topic(world: World) -> dict[str, dict[str, Any]]:
    return {each: last for each, last in world.last_records().items() if last["status"] == Status.ACTIVE}


@pytest.fixture
def settings(broker: BrokerUnderTest, settings_for: SettingsFor) -> Settings:
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
                world.redis.restore(key, 0, value)
        # Nobody reads the second article again: it stands for whatever the store is never told again.
        world.positions.move(settings.kafka.topics.articles, 0, 1, 2)
        converge(world, out)
        (now,) = live_on_topic(world).values()
        assert (before["article_count"], now["article_count"]) == (2, 1)
        assert now["revision"] > before["revision"]
        assert now["revision_reasons"] == [Reason.RESTORED]


class Settling:
    """The settlement of a store whose stories are made by hand."""

    def __init__(self, redis: Redis) -> None:
        self.store = Store(redis)
        self.settlement = Settlement(redis, SETTINGS, SHARDS)

    def settle(self, *said: Published) -> dict[str, Settled]:
        known = {each.story_id: each for each in said}
        return {each.story_id: self.settlement.settle(each) for each in self.settlement.doubtful(said, known)}

    def status(self, story_id: str) -> Status:
        snapshot = self.store.stories.snapshot(story_id)
        assert snapshot is not None
        return snapshot.status


@pytest.fixture
def settling(redis: Redis) -> Settling:
    return Settling(redis)


def published(story_id: str, *article_ids: str, revision: int = 10, into: str | None = None) -> Published:
    return Published(story_id, revision, Status.MERGED if into else Status.ACTIVE, into, article_ids)


def test_a_lost_story_whose_articles_stand_in_several_goes_where_most_of_them_are(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s"), ("b", "t"), ("c", "t")))
    assert settling.settle(published("lost", "a", "b", "c", "unknown")) == {"lost": Settled.MERGED}
    assert settling.store.stories.resolve("lost") == "t"


def test_a_lost_story_follows_its_articles_through_merges(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s"), ("b", "t")))
    settling.store.commit(changes(merges=[Merge("t", "s")]))
    assert settling.settle(published("lost", "a")) == {"lost": Settled.MERGED}
    assert settling.store.stories.resolve("lost") == "t"


def test_settling_again_changes_nothing(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s")))
    said = (published("lost", "a"), published("gone", "b"))
    assert settling.settle(*said) == {"lost": Settled.MERGED, "gone": Settled.CLOSED}
    after = settling.store.stories.snapshot("s")
    assert settling.settle(*said) == {}
    assert settling.store.stories.snapshot("s") == after


def test_an_alias_of_a_story_that_is_nowhere_any_more_is_closed(settling: Settling) -> None:
    assert settling.settle(published("alias", into="nowhere")) == {"alias": Settled.CLOSED}


def test_an_alias_whose_target_stands_on_the_topic_or_in_the_store_is_left_alone(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s")))
    assert settling.settle(published("alias", into="s"), published("other", into="alias")) == {}


def test_a_story_that_expired_after_its_end_is_left_alone(settling: Settling) -> None:
    assert settling.settle(Published("old", 10, Status.CLOSED, None, ())) == {}


def test_a_story_made_again_after_it_was_put_to_rest_lives_and_is_nobodys_alias(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s")))
    settling.settle(published("lost", "a"))
    settling.store.commit(changes(("b", "lost")))
    assert settling.status("lost") is Status.ACTIVE
    assert settling.store.stories.resolve("lost") == "lost"
    assert members(settling.store, "lost") == {"b"}
    heir = settling.store.stories.snapshot("s")
    assert heir is not None
    assert heir.absorbed == ()


def test_a_story_published_before_a_loss_is_shown_again_although_it_is_below_the_policy_now(
    settling: Settling, redis: Redis
) -> None:
    settling.store.commit(changes(("a", "s")))
    assert settling.settle(published("s", "a", "b", revision=10)) == {"s": Settled.AGREES}
    assert settling.store.stories.published_revision("s") == 10
    (waiting,) = settling.store.outbox.pending(0, 10)
    assert waiting.published_age_s is not None
