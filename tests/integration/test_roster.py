"""Which publishers are there, and what each one's share is, by a real Redis."""

from __future__ import annotations

import time

from redis import Redis

from pipeline.adapters.store.roster import Roster
from pipeline.settings import RedisSettings

SETTINGS = RedisSettings(edition="roster")


def _shares(rosters: list[Roster], shards: int) -> list[int]:
    for each in rosters:
        each.share(shards)
    return [each.share(shards) for each in rosters]


def test_shares_differ_by_one_at_most_and_make_up_all_shards(redis: Redis) -> None:
    rosters = [Roster(redis, SETTINGS, 60.0) for _ in range(3)]
    assert _shares(rosters[:1], 4) == [4]
    assert _shares(rosters[:2], 4) == [2, 2]
    assert _shares(rosters, 4) == [2, 1, 1], "who came first has the larger one"
    assert _shares(rosters, 2) == [1, 1, 0]


def test_one_that_leaves_frees_its_share_at_once(redis: Redis) -> None:
    stays, goes = Roster(redis, SETTINGS, 60.0), Roster(redis, SETTINGS, 60.0)
    assert _shares([stays, goes], 2) == [1, 1]
    goes.leave()
    goes.keep()
    assert stays.share(2) == 2


def test_one_that_is_silent_for_the_stated_time_counts_as_gone(redis: Redis) -> None:
    stays, silent = Roster(redis, SETTINGS, 1.0), Roster(redis, SETTINGS, 1.0)
    assert _shares([stays, silent], 2) == [1, 1]
    for _ in range(4):
        time.sleep(0.3)
        stays.keep()
    assert stays.share(2) == 2
    assert silent.share(2) == 1, "it is there again when it wakes up"


def test_others_are_counted_and_who_asks_does_not_count_by_asking(redis: Redis) -> None:
    asks = Roster(redis, SETTINGS, 60.0)
    assert asks.others() == 0
    _shares([Roster(redis, SETTINGS, 60.0), Roster(redis, SETTINGS, 60.0)], 2)
    gone = Roster(redis, SETTINGS, 60.0)
    gone.share(2)
    gone.leave()
    redis.zadd("gs:{roster}:publishers", {"silent": (time.time() - 9.0) * 1000})
    assert (asks.others(), redis.zcard("gs:{roster}:publishers")) == (2, 3)
