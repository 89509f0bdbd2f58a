"""One edition, one identity: a process that differs is refused with one sentence, before it can do any harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from groundswell.record import Status
from pipeline.adapters.kafka.group import AnotherGroupError
from pipeline.adapters.store.commit import Committed, Committer
from pipeline.adapters.store.edition import (
    AnotherIdentityError,
    EditionGuard,
    EditionSettings,
    NoEditionError,
    ShardsHeldError,
)
from pipeline.adapters.store.fitness import UnfitRedisError, check_redis
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.outbox import Lease, Outbox
from pipeline.adapters.store.server import ServerGuard
from pipeline.adapters.store.settlement import Published, Settlement
from pipeline.domain.edition import EditionIdentity
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.runtime.cli.command_errors import explained
from pipeline.runtime.embedded import EmbeddedRedis
from pipeline.settings import RedisSettings, Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.editions import a_clusterer, a_publisher
from tests.support.samples import article
from tests.support.store import SETTINGS, Store, changes
from tests.support.world import World, open_world

KEYS = Keys(SETTINGS.edition)
EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}
APPLY = r"give it what the edition has, or let the edition have the new value by `groundswell edition apply`"
REBUILD = r"give it what the edition has, or make a new edition by `groundswell rebuild start`"


class OtherEncoder(HashingEncoder):
    """Of the same name, with other weights."""

    digest = "other weights"


def begin(redis: Redis, identity: EditionIdentity) -> EditionGuard:
    """A process of the edition starts."""
    guard = EditionGuard(redis, SETTINGS, identity)
    guard.start(ServerGuard(redis, SETTINGS))
    return guard


def no_fence(shard: int) -> None:
    """Nobody has anything under way in Kafka here."""


def changed(settings: Settings, **sections: dict[str, object]) -> Settings:
    """The same settings but for these."""
    parts = {name: getattr(settings, name).model_copy(update=values) for name, values in sections.items()}
    return settings.model_copy(update=parts)


def test_the_first_of_each_role_says_what_the_edition_is_and_its_like_agree(redis: Redis) -> None:
    begin(redis, a_publisher())
    begin(redis, a_clusterer())
    assert EditionSettings(redis, SETTINGS).read() == {**a_clusterer().fields(), **a_publisher().fields()}
    assert begin(redis, a_clusterer()).digest == begin(redis, a_publisher()).digest != ""


def test_the_same_edition_has_the_same_digest_whoever_came_first(redis: Redis) -> None:
    begin(redis, a_publisher())
    before = begin(redis, a_clusterer()).digest
    redis.flushall()
    begin(redis, a_clusterer())
    assert begin(redis, a_publisher()).digest == before


def test_one_that_differs_is_refused_and_changes_nothing(redis: Redis) -> None:
    begin(redis, a_clusterer(dead_letters_id=None))
    before = redis.hgetall(KEYS.identity)
    with pytest.raises(
        AnotherIdentityError, match=f"^edition store-test has 1 for publisher.shards, .* has 2: {APPLY}"
    ):
        begin(redis, a_publisher(shards=2))
    with pytest.raises(
        AnotherIdentityError, match=f"has none for encoder.model, this process has other: {REBUILD}"
    ):
        begin(redis, a_clusterer(encoder="other"))
    assert redis.hgetall(KEYS.identity) == before


def test_a_commit_is_refused_once_the_edition_has_become_another(redis: Redis) -> None:
    store = Store(redis)
    assert isinstance(store.commit(changes(("a", "a story"))), Committed)
    redis.hdel(KEYS.identity, "encoder_digest", "digest")
    begin(redis, a_clusterer(encoder_digest="other weights"))
    with pytest.raises(
        AnotherIdentityError, match=r"has other weights for the weights and tokenizer of encoder.model"
    ):
        store.commit(changes(("b", "b story")))
    assert store.stories.live_ids() == ["a story"]


def test_a_commit_goes_on_where_the_other_role_adds_what_it_shares(redis: Redis) -> None:
    store = Store(redis)
    assert isinstance(store.commit(changes(("a", "a story"))), Committed)
    begin(redis, a_publisher())
    assert isinstance(store.commit(changes(("b", "b story"))), Committed)


def test_a_redis_that_lost_everything_is_told_again_what_the_edition_is(redis: Redis) -> None:
    store = Store(redis)
    store.commit(changes(("a", "a story")))
    redis.flushall()
    assert isinstance(store.commit(changes(("a", "a story")), seen=0), Committed)
    assert EditionSettings(redis, SETTINGS).read() == a_clusterer().fields()


def test_nothing_is_written_at_the_start_while_redis_still_writes_its_file_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.adapters.store.server.WAIT_S", 0.0)
    with EmbeddedRedis(tmp_path) as started, Redis.from_url(started.url) as redis:
        begin(redis, a_clusterer())
        assert not redis.exists(KEYS.identity)


def test_a_store_without_identity_is_taken_over_and_the_log_says_so(
    redis: Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(redis)
    store.positions.start("articles", {0: 0})
    redis.delete(KEYS.identity)
    begin(redis, a_clusterer())
    said = capsys.readouterr()
    assert "edition without an identity is taken over" in said.out + said.err
    assert EditionSettings(redis, SETTINGS).read() == a_clusterer().fields()


@pytest.mark.parametrize("known", [{}, {"encoder": "none"}])
def test_a_store_whose_stories_are_of_a_release_that_did_not_state_their_form_is_refused(
    redis: Redis, known: dict[str, str]
) -> None:
    Store(redis).commit(changes(("a", "a story")))
    redis.delete(KEYS.identity)
    for name, value in known.items():
        redis.hset(KEYS.identity, name, value)
    with pytest.raises(
        AnotherIdentityError,
        match=f"has an earlier one for the form of stored stories of its release, .* 5: {REBUILD}",
    ):
        begin(redis, a_clusterer())
    assert EditionSettings(redis, SETTINGS).read() == known


def test_settings_are_changed_by_command_and_whoever_has_the_old_ones_ends(redis: Redis) -> None:
    store = Store(redis)
    store.commit(changes(("a", "a story")))
    publishing = begin(redis, a_publisher())
    done = EditionSettings(redis, SETTINGS).apply(a_clusterer(quiet_time_s=60.0), a_publisher(), no_fence)
    assert done == {"quiet_time_s": ("432000.0", "60.0")}
    with pytest.raises(
        AnotherIdentityError, match=f"has 60.0 for clusterer.quiet_time_s, .* has 432000.0: {APPLY}"
    ):
        store.commit(changes(("b", "b story")))
    publishing.confirm()
    assert EditionSettings(redis, SETTINGS).apply(a_clusterer(quiet_time_s=60.0), a_publisher(), no_fence) == {}


def test_an_encoder_is_not_changed_by_command(redis: Redis) -> None:
    begin(redis, a_clusterer())
    with pytest.raises(AnotherIdentityError, match=REBUILD):
        EditionSettings(redis, SETTINGS).apply(
            a_clusterer(encoder="other", encoder_digest=None), a_publisher(), no_fence
        )


@pytest.mark.parametrize(("before", "after"), [(2, 1), (1, 3), (4, 2)])
def test_stories_that_wait_move_to_where_they_are_looked_for_when_the_shards_change(
    redis: Redis, before: int, after: int
) -> None:
    committer, outbox = Committer(redis, SETTINGS, a_clusterer(shards=before)), Outbox(redis, SETTINGS)
    store = Store(redis)
    store.committer = committer
    store.commit(changes(*((f"a{each}", f"story {each}") for each in range(12))))
    since = {
        each.story_id: redis.zscore(KEYS.outbox(shard), each.story_id)
        for shard in range(before)
        for each in outbox.pending(shard, 99)
    }
    assert len(since) == 12
    held = Lease(redis, SETTINGS, 0, 30.0)
    assert held.acquire()
    with pytest.raises(ShardsHeldError, match=r"stop all publishers"):
        EditionSettings(redis, SETTINGS).apply(a_clusterer(shards=after), a_publisher(shards=after), no_fence)
    held.release()
    EditionSettings(redis, SETTINGS).apply(a_clusterer(shards=after), a_publisher(shards=after), no_fence)
    assert {
        each.story_id: redis.zscore(KEYS.outbox(shard), each.story_id)
        for shard in range(after)
        for each in outbox.pending(shard, 99)
    } == since
    assert sum(outbox.size(shard) for shard in range(6)) == 12


def test_a_publisher_of_the_old_shards_settles_nothing(redis: Redis) -> None:
    store = Store(redis)
    store.commit(changes(("a", "a story")))
    EditionSettings(redis, SETTINGS).apply(a_clusterer(shards=2), a_publisher(shards=2), no_fence)
    said = Published("lost", 10, _status(store), None, ("a",))
    with pytest.raises(AnotherIdentityError, match=r"does not have the 1 of publisher.shards any more"):
        Settlement(redis, SETTINGS, 1).settle(said)
    assert redis.hgetall(KEYS.story("lost")) == {}


def _status(store: Store) -> Status:
    snapshot = store.stories.snapshot("a story")
    assert snapshot is not None
    return snapshot.status


@pytest.fixture
def world(broker: BrokerUnderTest, settings_for: SettingsFor) -> Iterator[World]:
    with open_world(settings_for(broker, publisher=EAGER)) as opened:
        yield opened


def test_a_clusterer_with_other_weights_does_not_join_an_edition(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with clusterer(world.settings, HashingEncoder()) as one:
        world.send([article(1)])
        cluster_all(world, [one], 1)
        with pytest.raises(SystemExit), explained(), clusterer(world.settings, OtherEncoder()):
            pass
    told = capsys.readouterr().err.splitlines()[-1]
    assert re.search("has hashing for the weights .*, this process has other weights: " + REBUILD, told)


def test_a_running_clusterer_ends_at_its_next_commit_when_the_edition_has_become_another(world: World) -> None:
    with clusterer(world.settings, HashingEncoder()) as one:
        world.send([article(1)])
        cluster_all(world, [one], 1)
        redis, keys = world.redis, Keys(world.settings.redis.edition)
        redis.hdel(keys.identity, "encoder_digest", "digest")
        with clusterer(world.settings, OtherEncoder()):
            world.send([article(2)])
            with pytest.raises(AnotherIdentityError, match=f"has other weights for .* has hashing: {REBUILD}"):
                cluster_all(world, [one], 2)
        assert world.positions.counters()["in"] == 1


def test_a_publisher_with_other_shards_is_refused_at_its_start_and_in_its_next_round(world: World) -> None:
    with clusterer(world.settings, HashingEncoder()) as one, publisher(world.settings) as out:
        world.send([article(1)])
        cluster_all(world, [one], 1)
        publish_all(world, out)
        fewer = changed(world.settings, publisher={"shards": 1})
        sentence = f"has 2 for publisher.shards, this process has 1: {APPLY}"
        with pytest.raises(AnotherIdentityError, match=sentence), publisher(fewer):
            pass
        world.redis.hset(Keys(world.settings.redis.edition).identity, "shards", 1)
        with pytest.raises(AnotherIdentityError, match=f"has 1 for publisher.shards, this process has 2: {APPLY}"):
            out.step()


def test_another_edition_gets_no_partition_in_a_group_that_belongs_to_one(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(kafka_broker)
    with open_world(settings) as world, clusterer(settings, HashingEncoder()) as one:
        world.send(map(article, range(8)))
        cluster_all(world, [one], 8)
        other = changed(settings, redis={"edition": "other"})
        with pytest.raises(AnotherGroupError, match=(
            f"^consumer group {settings.kafka.group} is that of edition {settings.redis.edition}, this process is "
            "of edition other: give each edition a kafka.group of its own"
        )), clusterer(other, HashingEncoder()):  # fmt: skip
            pass
        assert not world.redis.exists(Keys("other").identity), "it can begin once it has a group of its own"
        world.send(map(article, range(8, 12)))
        cluster_all(world, [one], 12)


def test_a_group_is_that_of_an_edition_from_its_first_partition_on(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor
) -> None:
    settings = settings_for(kafka_broker)
    with open_world(settings), clusterer(settings, HashingEncoder()) as one:
        for _ in range(100):
            one.step()
            if one.assigned:
                break
        one.step()
        other = changed(settings, redis={"edition": "other"})
        with pytest.raises(AnotherGroupError), clusterer(other, HashingEncoder()):
            pass


def test_a_redis_that_forgets_by_itself_is_refused(redis: Redis) -> None:
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        check_redis(redis, RedisSettings(must_persist=False))  # without a limit nothing is evicted
        redis.config_set("maxmemory-policy", "noeviction")
        redis.config_set("maxmemory", "100mb")
        check_redis(redis, RedisSettings(must_persist=False))  # with that policy neither
        redis.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(UnfitRedisError, match=(
            r"^Redis has maxmemory-policy allkeys-lru and maxmemory 104857600, so it would forget stories "
            r"in silence: "
            "set maxmemory-policy to noeviction"
        )):  # fmt: skip
            check_redis(redis, RedisSettings(must_persist=False))
    finally:
        redis.config_set("maxmemory", "0")
        redis.config_set("maxmemory-policy", "noeviction")


def test_a_redis_that_keeps_nothing_on_disk_is_refused_unless_the_settings_allow_it(redis: Redis) -> None:
    with pytest.raises(UnfitRedisError, match=r"set appendonly to yes, or redis.must_persist to false"):
        check_redis(redis, RedisSettings())
    check_redis(redis, RedisSettings(must_persist=False))


def test_a_redis_that_writes_snapshots_or_does_not_say_is_taken_with_a_warning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with EmbeddedRedis(options={"save": "3600 1"}) as started, Redis.from_url(started.url) as redis:
        check_redis(redis, RedisSettings())
        assert "its last snapshot counts" in "".join(capsys.readouterr())
        redis.execute_command("ACL", "SETUSER", "default", "-config")
        check_redis(redis, RedisSettings())
        assert "does not let us see" in "".join(capsys.readouterr())


def test_an_edition_that_is_in_another_database_is_not_begun_anew(redis: Redis, redis_url: str) -> None:
    begin(redis, a_clusterer())
    settings = SETTINGS.model_copy(update={"must_persist": False})
    check_redis(redis, settings)
    with Redis.from_url(redis_url.removesuffix("0") + "3") as wrong:
        with pytest.raises(UnfitRedisError, match=(
            r"^edition store-test is in database 0 of this Redis, redis.url names database 3: name /0 in redis.url"
        )):  # fmt: skip
            check_redis(wrong, settings)
        check_redis(wrong, settings.model_copy(update={"edition": "another"}))


def test_an_edition_of_which_only_positions_are_in_another_database_is_found_too(
    redis: Redis, redis_url: str
) -> None:
    settings = SETTINGS.model_copy(update={"must_persist": False})
    with Redis.from_url(redis_url.removesuffix("0") + "1") as other:
        other.hset(KEYS.positions, "articles:0", 5)
        with pytest.raises(UnfitRedisError, match=r"is in database 1 of this Redis, redis.url names database 0"):
            check_redis(redis, settings)
        redis.hset(KEYS.positions, "articles:0", 5)
        check_redis(redis, settings)  # one that is here goes on here


def test_a_user_who_sees_no_other_database_begins_an_edition(redis: Redis, redis_url: str) -> None:
    settings = SETTINGS.model_copy(update={"must_persist": False})
    with Redis.from_url(redis_url.removesuffix("0") + "1") as other:
        other.hset(KEYS.positions, "articles:0", 5)
    redis.execute_command("ACL", "SETUSER", "here", "reset", "on", "nopass", "~*", "+@all", "-select")
    try:
        with Redis.from_url(redis_url, username="here", password="any") as narrow:
            check_redis(narrow, settings)
    finally:
        redis.execute_command("ACL", "DELUSER", "here")


def test_a_redis_that_keeps_an_append_only_file_and_no_snapshots_is_fit(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as started, Redis.from_url(started.url) as redis:
        redis.config_set("save", "")
        check_redis(redis, RedisSettings())


def test_an_edition_without_an_identity_is_given_all_that_these_settings_say(redis: Redis) -> None:
    edition = EditionSettings(redis, SETTINGS)
    with pytest.raises(NoEditionError, match=f"there is no edition {SETTINGS.edition} in this database"):
        edition.check_exists()
    redis.hset(KEYS.positions, "articles:0", 5)
    edition.check_exists()
    changed = edition.apply(a_clusterer(), a_publisher(), no_fence)
    assert changed["quiet_time_s"] == ("nothing", edition.read()["quiet_time_s"])
    assert {before for before, _ in changed.values()} == {"nothing"}
    assert edition.apply(a_clusterer(), a_publisher(), no_fence) == {}
    assert edition.apply(a_clusterer(), a_publisher(min_sources=3), no_fence) == {"min_sources": ("2", "3")}
