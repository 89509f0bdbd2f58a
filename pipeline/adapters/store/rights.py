"""What the Redis user of this process may do, asked without doing it."""

from __future__ import annotations

import json
from enum import StrEnum

from redis import Redis

from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.scripts import load_script
from pipeline.settings import RedisSettings


class Writer(StrEnum):
    """The roles that write to the store."""

    CLUSTERER = "clusterer"
    PUBLISHER = "publisher"


Words = tuple[str, ...]


def _needed(keys: Keys) -> dict[Writer, tuple[Words, ...]]:
    """What tells the users of configs/redis/users.acl apart; each role needs more than this."""
    return {
        Writer.CLUSTERER: (
            ("BGREWRITEAOF",),
            ("HSET", keys.positions, "topic:0", "0"),
            ("SET", keys.article("x"), "x"),
            ("HDEL", keys.live, "x"),
            ("HLEN", keys.members("x")),
            ("XADD", keys.changes, "*", "x", "x"),
        ),
        Writer.PUBLISHER: (
            ("BGREWRITEAOF",),
            ("SET", keys.lease(0), "x"),
            ("ZREM", keys.outbox(0), "x"),
            ("HSET", keys.story("x"), "x", "x"),
            ("HDEL", keys.story("x"), "x"),
            ("RPUSH", keys.history("x"), "x"),
            ("HLEN", keys.members("x")),
            ("XRANGE", keys.log("x"), "-", "+"),
            ("HSET", keys.hidden_again, "x", "1"),
            ("HKEYS", keys.live),
        ),
    }


def refused(redis: Redis, settings: RedisSettings) -> dict[Writer, list[str]]:
    """For each role the commands that it needs and that this user may not use, with their keys.

    Raises NoPermissionError where the user may run no script, which every writer does.
    """
    keys = Keys(settings.edition)
    script = load_script(redis, "rights")
    answer: dict[Writer, list[str]] = {}
    for writer, commands in _needed(keys).items():
        asked = [json.dumps(words) for words in commands]
        denied = [json.loads(as_text(each)) for each in script(keys=[keys.prefix], args=asked)]
        answer[writer] = [" ".join(words[:2]) for words in denied]
    return answer
