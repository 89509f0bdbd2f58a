"""Redis is copied while it works, lost, and restored as the guide says: nothing is lost or counted twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.embedded import EmbeddedRedis
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.support.drive import cluster_all, clusterer, converge, publish_all, publisher
from tests.support.redis import TlsRedis, password_of, redis_program, tls_redis
from tests.support.samples import article_ids, sample_lines
from tests.support.waiting import eventually
from tests.support.world import check_promises, open_world

SCRIPTS = Path(__file__).parents[2] / "deploy" / "redis"
EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0}


def run(script: str, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", SCRIPTS / script, *arguments],
        env=os.environ | variables, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def backup(folder: Path, url: str, **variables: str) -> Path:
    """The newest copy, after another one was made."""
    folder.mkdir(exist_ok=True)
    done = run("backup.sh", "once", BACKUP_FOLDER=str(folder), REDIS_URL=url, **variables)
    assert done.returncode == 0, done.stderr
    return max(folder.glob("redis-*.rdb"))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedRedis]:
    """A Redis of the version of its tools, which read no file of a newer one."""
    if shutil.which("redis-cli") is None or shutil.which("redis-check-rdb") is None:
        pytest.skip("no redis-cli and redis-check-rdb: requirements/debian.sh redis-server")
    monkeypatch.setenv("GROUNDSWELL_REDIS_BIN", redis_program())
    data = tmp_path / "data"
    data.mkdir()
    with EmbeddedRedis(data, options={"repl-diskless-sync-delay": "0"}) as started:
        yield started


@pytest.fixture
def settings(server: EmbeddedRedis, settings_for: SettingsFor) -> Settings:
    return settings_for(
        redis={"url": server.url}, publisher={**EAGER, "shards": 1}, clusterer={"batch_size": 8},
        kafka={"topics": {"articles_partitions": 1}},
    )  # fmt: skip


def test_after_a_restore_the_pipeline_goes_on_and_nothing_is_lost_or_counted_twice(
    settings: Settings, server: EmbeddedRedis, encoder: Encoder, tmp_path: Path
) -> None:
    lines = sample_lines()[:30]
    with open_world(settings) as world:
        with clusterer(settings, encoder) as one, publisher(settings) as out:
            world.send(lines[:15])
            cluster_all(world, [one], 15)
            publish_all(world, out)
            copy = backup(tmp_path / "backups", server.url)
            world.send(lines[15:22])
            cluster_all(world, [one], 22)
            publish_all(world, out)
        server.kill()
        shutil.rmtree(tmp_path / "data" / "appendonlydir")
        done = run("restore.sh", copy, tmp_path / "data", REDIS_URL=server.url)
        assert done.returncode == 0, done.stderr
        server.start()
        assert world.positions.counters()["in"] == 15, "as at the time of the copy"
        with clusterer(settings, encoder) as one, publisher(settings) as out:
            world.send(lines[22:])
            cluster_all(world, [one], 30)
            converge(world, out)
            counters = world.positions.counters()
            assert (counters["in"], counters.get("duplicate", 0)) == (30, 0)
        check_promises(world, article_ids(lines))


def test_a_restore_puts_aside_what_stood_there_and_refuses_while_redis_runs(
    server: EmbeddedRedis, tmp_path: Path
) -> None:
    copy = backup(tmp_path / "backups", server.url)
    done = run("restore.sh", copy, tmp_path / "data", REDIS_URL=server.url)
    assert (done.returncode, done.stderr.split(":")[0]) == (1, "Redis still answers")
    server.stop()
    assert run("restore.sh", copy, tmp_path / "data", REDIS_URL=server.url).returncode == 0
    assert len(list((tmp_path / "data").glob("before-*/appendonly.aof.manifest"))) == 1
    server.start()
    assert server.answers()


def test_a_file_that_is_no_copy_is_not_restored(server: EmbeddedRedis, tmp_path: Path) -> None:
    server.stop()
    torn = tmp_path / "torn.rdb"
    torn.write_bytes(b"REDIS0010 and no more")
    done = run("restore.sh", torn, tmp_path / "data")
    assert (done.returncode, "no RDB file" in done.stderr) == (1, True)
    assert (tmp_path / "data" / "appendonlydir" / "appendonly.aof.manifest").exists()


def test_only_the_newest_copies_are_kept(server: EmbeddedRedis, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(1, 5):
        (folder / f"redis-2026010{day}T000000Z.rdb").write_text("old")
    newest = backup(folder, server.url, BACKUP_KEEP="3")
    assert sorted(path.name for path in folder.glob("redis-*.rdb")) == [
        "redis-20260103T000000Z.rdb", "redis-20260104T000000Z.rdb", newest.name,
    ]  # fmt: skip


def test_on_a_schedule_one_copy_follows_the_other(server: EmbeddedRedis, tmp_path: Path) -> None:
    variables = {"BACKUP_FOLDER": str(tmp_path), "REDIS_URL": server.url, "BACKUP_EVERY_S": "1"}
    with subprocess.Popen(
        ["sh", SCRIPTS / "backup.sh"], env=os.environ | variables, start_new_session=True
    ) as running:
        eventually(lambda: len(list(tmp_path.glob("redis-*.rdb"))) >= 2, what="two copies")
        os.killpg(running.pid, signal.SIGTERM)


def test_a_redis_that_does_not_answer_leaves_no_copy_and_the_old_ones_stay(
    server: EmbeddedRedis, tmp_path: Path
) -> None:
    old = backup(tmp_path, server.url)
    server.stop()
    done = run("backup.sh", "once", BACKUP_FOLDER=str(tmp_path), REDIS_URL=server.url, BACKUP_KEEP="1")
    assert done.returncode == 1
    assert "Could not connect" in done.stderr
    assert list(tmp_path.glob("redis-*.rdb")) == [old]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsRedis]:
    with tls_redis(tmp_path_factory.mktemp("redis"), "main") as started:
        yield started


def test_the_user_for_backups_may_copy_and_nothing_else(guarded: TlsRedis, tmp_path: Path) -> None:
    with guarded.client("admin") as admin:
        admin.config_set("repl-diskless-sync-delay", 0)
        admin.acl_log_reset()
    options = f"--user backup --cacert {guarded.authority.certificate}"
    backup(
        tmp_path, f"rediss://127.0.0.1:{guarded.port}/0",
        REDIS_OPTIONS=options, REDISCLI_AUTH=password_of("backup"),
    )  # fmt: skip
    assert guarded.denied() == []
