"""Several roles on one machine, each in a process of its own: their ports."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from pipeline.runtime.embedded import ManagedProcess
from pipeline.settings import Settings
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.roles import ROOT
from tests.support.settings import settings_env
from tests.support.waiting import eventually
from tests.support.world import open_world

GROUNDSWELL = (sys.executable, "-m", "pipeline.runtime.cli.main")


@pytest.fixture
def settings(embedded_broker: BrokerUnderTest, settings_for: SettingsFor) -> Iterator[Settings]:
    chosen = settings_for(embedded_broker)
    with open_world(chosen):  # with its topics
        yield chosen


def address_in(log: Path) -> str:
    """Where a role says that it serves its metrics; empty as long as it has not said so."""
    lines = log.read_text().splitlines() if log.exists() else []
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return next((str(each["address"]) for each in events if each["event"] == "metrics served"), "")


@pytest.mark.parametrize("role", ["clusterer", "publisher"])
def test_two_roles_of_a_kind_run_on_one_machine_and_say_where_they_are_scraped(
    settings: Settings, role: str, tmp_path: Path
) -> None:
    environment = settings_env(settings)
    del environment["GROUNDSWELL_METRICS"]  # nobody named a port
    logs = [tmp_path / f"{number}.log" for number in range(2)]
    roles = [
        ManagedProcess(role, [*GROUNDSWELL, "consume", role], log=log, env=environment, cwd=ROOT) for log in logs
    ]
    with roles[0], roles[1]:
        for process, log in zip(roles, logs, strict=True):
            address = eventually(partial(address_in, log), what="the address of the metrics")
            assert httpx.get(f"{address}/healthz").status_code == 200
            assert f'role="{role}"' in httpx.get(f"{address}/metrics").text
            assert process.running
        assert address_in(logs[0]) != address_in(logs[1])


@pytest.mark.parametrize(("command", "setting"), [
    (("consume", "clusterer"), "metrics.clusterer_port"),
    (("consume", "publisher"), "metrics.publisher_port"),
    (("consume", "board"), "board.port"),
    (("produce", "feeds"), "metrics.feeds_port"),
    (("produce", "http"), "http.port"),
])  # fmt: skip
def test_a_named_port_that_is_taken_ends_a_role_with_one_sentence(
    settings: Settings, command: tuple[str, str], setting: str
) -> None:
    section, name = setting.split(".")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = settings_env(settings) | {"GROUNDSWELL_HTTP__TOKEN": "secret"}
        environment[f"GROUNDSWELL_{section.upper()}__{name.upper()}"] = str(port)
        done = subprocess.run(
            [*GROUNDSWELL, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
        )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("groundswell: ")]
    assert told == [
        f"groundswell: port {port} of 127.0.0.1 is taken: end what listens there, or set {setting} "
        f"(GROUNDSWELL_{section.upper()}__{name.upper()}) to a free port (0: any)"
    ]
