"""An append-only file that a crash tore in the middle of its last batch, cut at its bytes."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from redis import Redis

from pipeline.adapters.store.commit import Claim, Committed
from pipeline.adapters.store.server import StoreTornError
from pipeline.domain.clustering.types import Merge
from pipeline.runtime.embedded import EmbeddedRedis
from tests.support.store import SETTINGS, Store, changes

OPTIONS = {"appendfsync": "always", "enable-debug-command": "yes"}


class File:
    """The folder of a Redis, and where its last batch begins in the file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with EmbeddedRedis(folder, options=OPTIONS) as server, Redis.from_url(server.url) as redis:
            store = Store(redis)
            store.positions.start("articles", {0: 0})
            store.commit(changes(("a", "s"), ("b", "t"), ("c", "u")), Claim("articles", 0, 0, 3))
            self.before = self._path().stat().st_size
            self.digest = digest(redis)
            merged = changes(("d", "s"), ("e", "v"), ("f", "v"), merges=[Merge("s", "t")], closed=["u"])
            store.commit(merged, Claim("articles", 0, 3, 6))
        self.size = self._path().stat().st_size

    def cut(self, folder: Path, size: int) -> Path:
        """A copy that ends here."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        os.truncate(folder / self._path().relative_to(self.folder), size)
        return folder

    def _path(self) -> Path:
        return max(self.folder.glob("appendonlydir/*.incr.aof"))


def digest(redis: Redis) -> bytes:
    """Of all that Redis holds."""
    return bytes(redis.execute_command("DEBUG", "DIGEST"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> File:
    return File(tmp_path_factory.mktemp("redis"))


@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("every", [
    397,  # a prime, so that cuts fall anywhere within commands
    pytest.param(1, marks=[pytest.mark.crash, pytest.mark.long]),
])  # fmt: skip
def test_a_file_torn_anywhere_in_its_last_batch_gives_the_state_before_it_and_keeps_what_comes_after(
    file: File, tmp_path: Path, every: int
) -> None:
    for size in range(file.before, file.size, every):
        folder = file.cut(tmp_path / "cut", size)
        with EmbeddedRedis(folder, options=OPTIONS) as server, Redis.from_url(server.url) as redis:
            assert digest(redis) == file.digest, f"cut at {size - file.before}"
            store = Store(redis)
            store.seen = store.replica.load().sequence
            otherwise = changes(("d", "t"), ("e", "e"))
            assert isinstance(store.commit(otherwise, Claim("articles", 0, 3, 5)), Committed)
            after = digest(redis)
        with EmbeddedRedis(folder, options=OPTIONS) as server, Redis.from_url(server.url) as redis:
            assert digest(redis) == after, f"cut at {size - file.before}"


def test_a_store_that_holds_a_part_of_a_batch_is_refused_with_what_to_do(file: File, tmp_path: Path) -> None:
    folder = file.cut(tmp_path / "cut", (file.before + file.size) // 2)
    # Somebody else's transaction ends the one that was torn, before a role of ours has looked.
    with EmbeddedRedis(folder, options=OPTIONS) as server, Redis.from_url(server.url) as redis:
        redis.eval("redis.call('SET', 'x', 1) redis.call('SET', 'y', 2)", 0)
    with EmbeddedRedis(folder, options=OPTIONS) as server, Redis.from_url(server.url) as redis:
        store = Store(redis)
        with pytest.raises(StoreTornError, match=f"delete all keys that begin with gs:{{{SETTINGS.edition}}}:"):
            store.commit(changes(("d", "t")), Claim("articles", 0, 3, 4))
