"""Which process of Redis may be written to: one whose append-only file was written anew since it started."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from pipeline.adapters.store import server
from pipeline.adapters.store.commit import Batch, Claim, Committed, Restarted
from pipeline.adapters.store.server import ServerGuard
from pipeline.domain.clustering.types import Changes
from pipeline.mendable import MendableError
from pipeline.runtime.embedded import EmbeddedRedis
from tests.support.store import SETTINGS, Store, changes


@pytest.fixture
def with_file(tmp_path: Path) -> Iterator[Redis]:
    with EmbeddedRedis(tmp_path) as started, Redis.from_url(started.url) as redis:
        yield redis


def rewrites(redis: Redis) -> int:
    return int(redis.info("persistence")["aof_rewrites"])


def test_the_file_is_written_anew_once_for_each_process_of_redis(with_file: Redis) -> None:
    guard, another = ServerGuard(with_file, SETTINGS), ServerGuard(with_file, SETTINGS)
    assert [guard.confirm(), guard.confirm(), another.confirm()] == [True, True, True]
    assert rewrites(with_file) == 1
    assert guard.incarnation == another.incarnation
    assert guard.incarnation.startswith(with_file.info("server")["run_id"] + ":")


def test_a_redis_that_keeps_no_file_is_noted_at_once(redis: Redis) -> None:
    guard = ServerGuard(redis, SETTINGS)
    assert guard.confirm()
    assert rewrites(redis) == 0


def test_a_redis_that_lost_everything_counts_as_another(redis: Redis) -> None:
    guard = ServerGuard(redis, SETTINGS)
    guard.confirm()
    before = guard.incarnation
    assert guard.is_same()
    redis.flushall()
    assert not guard.is_same()
    assert ServerGuard(redis, SETTINGS).confirm(), "another process is there first"
    assert not guard.is_same()
    assert guard.confirm()
    assert guard.incarnation not in ("", before)


def test_nothing_is_committed_while_the_file_is_still_being_written(
    with_file: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "WAIT_S", 0.0)
    store = Store(with_file)
    store.positions.start("articles", {0: 0})
    batch = Batch(0, changes(("a", "s")), (Claim("articles", 0, 0, 1),))
    assert store.committer.commit(Batch(0, Changes(), batch.claims)) == Restarted()
    assert store.positions.read("articles", [0]) == {0: 0}
    monkeypatch.setattr(server, "WAIT_S", 20.0)
    assert isinstance(store.commit(batch.changes, *batch.claims), Committed)
    assert rewrites(with_file) == 1


def test_a_file_that_another_has_begun_to_write_is_waited_for(with_file: Redis) -> None:
    with_file.set("much", "x" * 50_000_000)
    with_file.execute_command("BGREWRITEAOF")
    assert ServerGuard(with_file, SETTINGS).confirm()


def test_nothing_is_written_where_the_file_could_not_be_and_it_is_asked_for_again(
    with_file: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    guard = ServerGuard(with_file, SETTINGS)
    look = guard._look
    asked: list[int] = []

    def full_disk(note: str = "") -> server._Server:
        return look(note)._replace(writes_file=False, written_well=len(asked) > 1)

    monkeypatch.setattr(guard, "_look", full_disk)
    monkeypatch.setattr(guard, "_ask", lambda: asked.append(1))
    assert (guard.confirm(), guard.incarnation, pauses) == (False, "", [1.0])
    assert guard.confirm()
    assert (len(asked), guard.incarnation != "") == (2, True)


def test_a_store_that_holds_a_part_of_a_batch_says_which_keys_to_remove() -> None:
    told = str(server.StoreTornError("gs:{main}:"))
    assert "gs:{main}:" in told


def test_a_user_who_may_not_let_the_file_be_written_is_told_what_is_missing(with_file: Redis) -> None:
    with_file.execute_command("ACL", "SETUSER", "default", "-bgrewriteaof")
    with pytest.raises(MendableError, match=r"\+bgrewriteaof"):
        ServerGuard(with_file, SETTINGS).confirm()
