"""Clusterers take turns, and none waits for ever."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from redis import Redis

from pipeline.adapters.store import turn
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.turn import HELD_MS, LOOK_S, LOOKS, Turn
from pipeline.settings import RedisSettings

EDITION = RedisSettings(edition="turn-test")


def test_a_turn_is_waited_for_until_it_ends(redis: Redis) -> None:
    first = ExitStack()
    first.enter_context(Turn(redis, EDITION).taken())
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            first.close()

    with Turn(redis, EDITION, sleep=wait).taken():
        assert len(waits) == 3
    assert not redis.exists(Keys(EDITION.edition).turn)


def test_whoever_waits_too_long_goes_on_and_leaves_the_turn_to_its_holder(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "LOOKS", 5)
    waits: list[float] = []
    with Turn(redis, EDITION).taken():
        with Turn(redis, EDITION, sleep=waits.append).taken():
            pass
        assert redis.exists(Keys(EDITION.edition).turn)
    assert waits == [LOOK_S] * 5


def test_the_turn_of_one_that_died_ends_before_anybody_gives_up(redis: Redis) -> None:
    with ExitStack() as died:
        died.enter_context(Turn(redis, EDITION).taken())
        left_ms = redis.pttl(Keys(EDITION.edition).turn)
        died.pop_all()
    assert 0 < left_ms <= HELD_MS < LOOK_S * LOOKS * 1_000


def test_a_turn_ends_where_the_decision_fails(redis: Redis) -> None:
    with pytest.raises(ValueError, match="no"), Turn(redis, EDITION).taken():
        raise ValueError("no")
    assert not redis.exists(Keys(EDITION.edition).turn)
