"""Schedules of faults under load that never pauses: what is left keeps every promise."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.keys import Keys
from pipeline.runtime.embedded import EmbeddedRedis
from pipeline.settings import Settings
from pipeline.testing.faults import due, spread
from tests.conftest import SettingsFor
from tests.crash.checker import find_anomalies
from tests.crash.fleet import CLUSTERERS, PUBLISHERS, Fleet, fleet_settings
from tests.crash.history import collect
from tests.crash.load import Feeder, made_up_records
from tests.crash.schedules import LONG, SHORT, Schedule, full_disk
from tests.support.brokers import KAFKA_SESSION_TIMEOUT_MS, BrokerUnderTest
from tests.support.kafka import KafkaCluster
from tests.support.proxy import Proxy
from tests.support.waiting import eventually
from tests.support.world import open_world

pytestmark = [pytest.mark.crash, pytest.mark.timeout(1_800)]

SHORT_RECORDS = 1_000
LONG_RECORDS = int(os.environ.get("GROUNDSWELL_TEST_CRASH_RECORDS", "50000"))
WITHIN_S = 900.0


def test_faults_under_load_leave_every_promise_kept(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    _run("short", SHORT, SHORT_RECORDS, kafka_broker, settings_for, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", LONG)
def test_long_schedules_of_faults_leave_every_promise_kept(
    name: str, kafka_broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    _run(name, LONG[name], LONG_RECORDS, kafka_broker, settings_for, tmp_path)


@pytest.mark.long
def test_killed_leaders_of_three_brokers_leave_every_promise_kept(
    kafka_cluster: Callable[[int], KafkaCluster], settings_for: SettingsFor, tmp_path: Path
) -> None:
    cluster = kafka_cluster(3)

    def fall(node: int) -> Callable[[Fleet], None]:
        def strike(_: Fleet) -> None:
            cluster.kill(node)
            time.sleep(5)
            cluster.up(node)

        return strike

    # Each leads some partitions: of the input, the output, the group, the transactions.
    schedule = spread(*(fall(node) for node in cluster.nodes))
    broker = BrokerUnderTest("kafka", cluster.bootstrap, KAFKA_SESSION_TIMEOUT_MS)
    _run("leaders", schedule, LONG_RECORDS, broker, settings_for, tmp_path, copies=3)


@pytest.mark.long
def test_a_full_disk_under_redis_leaves_every_promise_kept(
    kafka_broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    disk = tmp_path / "redis"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can't be mounted without the right to")
    try:
        schedule = spread(full_disk(disk, 5), full_disk(disk, 20))
        _run("full disk", schedule, LONG_RECORDS, kafka_broker, settings_for, tmp_path)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _run(
    name: str, schedule: Schedule, count: int, broker: BrokerUnderTest, settings_for: SettingsFor, folder: Path,
    copies: int = 1,
) -> None:  # fmt: skip
    records = list(made_up_records(count))
    with (
        _fleet(broker, settings_for, folder, copies) as fleet,
        Feeder(fleet.world, records, fleet.applied) as load,
    ):
        during = 0
        for fault in due(schedule, lambda: fleet.applied() / count, WITHIN_S):
            before = fleet.committed
            fault.strike(fleet)
            fleet.applied()
            during += fleet.committed - before
        load.finish()
        eventually(lambda: fleet.applied() >= count, timeout_s=WITHIN_S, what=f"{count} records applied")
        _settle(fleet)
        found = find_anomalies(collect(fleet.world, load.acknowledged))
    anomalies = dict(Counter(each.kind.value for each in found)) or "none"
    print(f"{name}: {during} records committed during faults, {fleet.restarts} restarts, anomalies: {anomalies}")
    assert found == []


def _settle(fleet: Fleet) -> None:
    """No clusterer at work; everything published, and compared with what Redis has."""
    world, keys = fleet.world, Keys(fleet.world.settings.redis.edition)
    fleet.stop(*CLUSTERERS)

    def settled() -> bool:
        noted = [as_text(each).split() for each in world.redis.hvals(keys.settled)]
        run = as_text(world.redis.get(keys.server) or "")
        return {(each[0], each[-1]) for each in noted} == {(run, "2")} and world.unpublished() == 0

    eventually(settled, timeout_s=120, what="outbox empty and shards settled")
    fleet.stop(*PUBLISHERS)


@contextlib.contextmanager
def _fleet(broker: BrokerUnderTest, settings_for: SettingsFor, folder: Path, copies: int) -> Iterator[Fleet]:
    redis_folder = folder / "redis"
    with EmbeddedRedis(redis_folder) as redis, Proxy(redis.port) as proxy:
        settings: Settings = settings_for(
            broker,
            kafka={"topics": {"replication_factor": copies}},
            redis={"url": redis.url},
            metrics={"clusterer_port": 0, "publisher_port": 0},
            publisher={"min_sources": 1, "interval_s": 0.2, "settle_s": 0.1, "lease_s": 2.0},
            clusterer={"batch_size": 32, "max_batch_size": 32, "sweep_every": 128, "sweep_idle_s": 0.5},
        )
        with open_world(settings) as world:
            fleet = Fleet(world, fleet_settings(settings, proxy), redis, redis_folder, proxy, folder)
            with fleet.running():
                yield fleet
