"""Whatever the arguments, a script gives its answer or one error of Redis, and Redis goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from redis.exceptions import ResponseError

from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.commit import Batch, Claim, Committed
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.scripts import load_script
from pipeline.json_codec import to_json
from tests.support.store import SETTINGS, Store, changes

PREFIX = Keys(SETTINGS.edition).prefix
ARGUMENTS = st.lists(
    st.binary(max_size=12) | st.integers() | st.sampled_from(["", "0", "1", "-1", "nan", "1e400", "articles:0"]),
    max_size=9,
)  # fmt: skip
SMALL = st.integers(-3, 3)
VALUES = st.none() | st.booleans() | SMALL | st.text(max_size=3) | st.lists(SMALL, max_size=3)
NAMES = (
    "seen", "changes_stories", "swept", "positions", "counts", "withdrawals", "corrections", "articles", "merges",
    "splits", "closed", "states", "terms", "term_table", "language_means", "retention_s", "shards",
    "log_entries", "encoder",
)  # fmt: skip
ON_REDIS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def run(redis: Redis, name: str, arguments: Sequence[bytes | int | str]) -> None:
    script = load_script(redis, name)
    with contextlib.suppress(ResponseError):
        script(keys=[PREFIX], args=[str(each) if isinstance(each, int) else each for each in arguments])
    assert redis.ping()


@pytest.mark.parametrize(
    "name", ["ack", "claim", "move", "redefine", "renew", "resend", "server", "settle", "start"]
)
@ON_REDIS
@given(arguments=ARGUMENTS)
def test_a_script_answers_or_refuses(redis: Redis, name: str, arguments: list[bytes | int | str]) -> None:
    run(redis, name, arguments)


@ON_REDIS
@given(batch=st.dictionaries(st.sampled_from(NAMES), VALUES), blobs=st.lists(st.binary(max_size=5), max_size=3))
def test_a_batch_that_makes_no_sense_is_refused_and_one_that_does_is_applied_unless_the_store_is_torn(
    redis: Redis, batch: dict[str, object], blobs: list[bytes]
) -> None:
    redis.flushall()
    store = Store(redis)
    store.positions.start("articles", {0: 0})
    store.committer.commit(Batch(0, changes()))  # this process of Redis is known from here on
    digest = as_text(redis.hget(Keys(SETTINGS.edition).identity, "digest") or "")
    run(redis, "commit", [to_json({"identity": digest, **batch}), *blobs])
    if not redis.exists(Keys(SETTINGS.edition).unfinished):
        sequence = store.replica.load().sequence
        position = store.positions.read("articles", [0]).get(0)
        if position == 0:
            outcome = store.commit(changes(("a", "a story")), Claim("articles", 0, 0, 1), seen=sequence)
            assert isinstance(outcome, Committed)
