"""One edition after another, by a real Redis: who may come after whom, and what is left of one that has ended."""

from __future__ import annotations

import pytest
from redis import Redis

from pipeline.adapters.store import editions as editions_module
from pipeline.adapters.store.edition import EditionGuard, NoEditionError, RedisBusyError, SucceededError
from pipeline.adapters.store.editions import editions, remove
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.server import ServerGuard
from pipeline.adapters.store.succession import Succession, SuccessionError, predecessor_of
from pipeline.settings import RedisSettings
from tests.support.editions import a_publisher

OLD, NEW = RedisSettings(edition="old"), RedisSettings(edition="new")


def begun(redis: Redis, settings: RedisSettings, shards: int = 3) -> EditionGuard:
    """A publisher of the edition has been there."""
    guard = EditionGuard(redis, settings, a_publisher(shards=shards))
    guard.start(ServerGuard(redis, settings))
    return guard


def after_old(redis: Redis, settings: RedisSettings = NEW, older: str = "old", shards: int = 7) -> Succession:
    return Succession(redis, settings, older, shards)


def test_an_edition_that_there_is_does_not_begin_to_stand_by(redis: Redis) -> None:
    begun(redis, OLD)
    redis.hset(Keys("new").positions, "articles:0", 5)
    with pytest.raises(SuccessionError, match=r"^edition new exists in this Redis"):
        after_old(redis).stand_by()
    assert predecessor_of(redis, "new") is None


def test_an_edition_stands_by_for_one_other_only(redis: Redis) -> None:
    after_old(redis).stand_by()
    after_old(redis).stand_by()
    assert predecessor_of(redis, "new") == "old"
    with pytest.raises(SuccessionError, match=r"^edition new belongs with edition old, not with third"):
        after_old(redis, older="third").stand_by()


def test_one_that_takes_over_is_waited_for_and_then_publishes_for_all_before_it(redis: Redis) -> None:
    begun(redis, OLD)
    first = after_old(redis)
    with pytest.raises(SuccessionError, match="does not stand by for old any more"):
        first.take_over()
    first.stand_by()
    green = begun(redis, NEW)
    assert (green.stands_by_for, green.took_over, first.retired) == ("old", frozenset(), False)
    assert first.retire() == 3, "as the older one says, not as we do"
    assert first.retired
    first.take_over()
    green.confirm()
    assert (green.stands_by_for, green.took_over) == ("", frozenset({"old"}))
    third = RedisSettings(edition="third")
    second = after_old(redis, third, older="new")
    second.stand_by()
    second.retire()
    second.take_over()
    assert begun(redis, third).took_over == {"old", "new"}
    with pytest.raises(SucceededError, match="edition old has ended, edition new has come after it"):
        begun(redis, OLD)


def test_an_edition_that_says_no_number_of_shards_has_ours(redis: Redis) -> None:
    assert after_old(redis, shards=7).retire() == 7


def test_an_edition_ends_once_for_one_other(redis: Redis) -> None:
    begun(redis, OLD)
    assert [after_old(redis).retire(), after_old(redis).retire()] == [3, 3]
    with pytest.raises(SuccessionError, match=r"^edition new has come after old already"):
        after_old(redis, RedisSettings(edition="third")).retire()


@pytest.mark.parametrize("step", ["stand_by", "retire", "take_over"])
def test_no_step_is_taken_while_redis_still_writes_its_file_anew(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(ServerGuard, "confirm", lambda _: False)
    with pytest.raises(RedisBusyError, match="still writes its append-only file anew: try again in a minute"):
        getattr(after_old(redis), step)()
    assert redis.keys() == []


def test_the_editions_of_a_redis_are_told_by_name_with_how_they_stand(redis: Redis) -> None:
    begun(redis, OLD)
    begun(redis, RedisSettings(edition="apart"))
    after_old(redis).stand_by()
    assert [(each.name, each.standing) for each in editions(redis)] == [
        ("apart", "live"), ("new", "stands by for old"), ("old", "live"),
    ]  # fmt: skip
    after_old(redis).retire()
    assert [each.standing for each in editions(redis) if each.name == "old"] == ["ended, new came after it"]


def test_only_what_there_is_and_what_has_ended_is_removed(redis: Redis) -> None:
    with pytest.raises(NoEditionError, match="there is no edition old in this database"):
        next(remove(redis, NEW, "old"))
    begun(redis, OLD)
    with pytest.raises(SuccessionError, match=r"^edition old is live"):
        next(remove(redis, NEW, "old"))


def test_a_removal_takes_portions_and_leaves_the_note_of_the_end_and_other_editions(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions_module, "PORTION", 2)
    begun(redis, OLD)
    keys = Keys("old")
    redis.delete(keys.server)
    for number in range(5):
        redis.set(keys.article(str(number)), "s")
    redis.set(Keys("older").article("1"), "s")
    after_old(redis).retire()
    held = len(redis.keys(f"{keys.prefix}*")) - 1
    told = list(remove(redis, NEW, "old"))
    assert told == [*range(2, held, 2), held]
    assert redis.keys(f"{keys.prefix}*") == [keys.identity.encode()]
    assert redis.hgetall(keys.identity) == {b"successor": b"new"}
    assert redis.exists(Keys("older").article("1"))
