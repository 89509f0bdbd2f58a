"""What a Redis user may do is asked without doing it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError, RedisError

from pipeline.adapters.store.ping import RedisPing
from pipeline.adapters.store.rights import Writer, refused
from pipeline.settings import RedisSettings
from tests.support.kafka import HOST, free_ports

EDITION = RedisSettings(edition="rights")
WRITABLE = ("~gs:{rights}:", "~gs:{rights}:article:*", "~gs:{rights}:story:*", "~gs:{rights}:positions")
SCRIPTS = ("+evalsha", "+eval", "+script|load", "+client|setinfo")


@pytest.fixture
def poor(redis: Redis, redis_url: str) -> Iterator[Redis]:
    """A user who may run scripts, and nothing in them."""
    redis.execute_command("ACL", "SETUSER", "poor", "reset", "on", "nopass", "~*", *SCRIPTS)
    with Redis.from_url(redis_url, username="poor", password="any") as client:
        yield client
    redis.execute_command("ACL", "DELUSER", "poor")


def test_a_user_who_may_do_everything_lacks_nothing(redis: Redis) -> None:
    assert refused(redis, EDITION) == {Writer.CLUSTERER: [], Writer.PUBLISHER: []}
    assert redis.keys() == [], "nothing was done"


def test_what_a_user_may_not_do_is_told_by_command_and_key(poor: Redis) -> None:
    at = "gs:{rights}:"
    assert refused(poor, EDITION) == {
        Writer.CLUSTERER: [
            "BGREWRITEAOF", f"HSET {at}positions", f"SET {at}article:x", f"HDEL {at}live",
            f"HLEN {at}story:x:articles", f"XADD {at}changes",
        ],
        Writer.PUBLISHER: [
            "BGREWRITEAOF", f"SET {at}lease:0", f"ZREM {at}outbox:0", f"HSET {at}story:x",
            f"HDEL {at}story:x", f"RPUSH {at}story:x:history", f"HLEN {at}story:x:articles",
            f"XRANGE {at}story:x:log", f"HSET {at}hidden_again", f"HKEYS {at}live",
        ],
    }  # fmt: skip


def test_a_user_who_may_write_some_keys_is_told_of_the_others(redis: Redis, poor: Redis) -> None:
    redis.execute_command("ACL", "SETUSER", "poor", "+@all", "resetkeys", *WRITABLE)
    found = refused(poor, EDITION)
    assert found[Writer.CLUSTERER] == ["HDEL gs:{rights}:live", "XADD gs:{rights}:changes"]


def test_a_user_who_may_run_no_script_is_an_error(redis: Redis, poor: Redis) -> None:
    redis.execute_command("ACL", "SETUSER", "poor", "-@scripting")
    with pytest.raises(NoPermissionError):
        refused(poor, EDITION)


def test_a_ping_comes_back_from_a_redis_that_answers_and_fails_at_once_where_there_is_none(
    redis: Redis, redis_url: str
) -> None:
    ping = RedisPing(EDITION.model_copy(update={"url": redis_url}))
    ping.close()
    ping.ask(5.0)
    ping.ask(5.0)
    ping.close()
    (port,) = free_ports(1)
    with pytest.raises(RedisError):
        RedisPing(EDITION.model_copy(update={"url": f"redis://{HOST}:{port}"})).ask(1.0)
