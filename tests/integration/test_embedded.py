"""The embedded broker and Redis: start, answer, stop, and leave everything else alone."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from redis import Redis

from pipeline.runtime.embedded import EmbeddedBroker, EmbeddedRedis, ServiceNotReady, embedded_settings_env
from pipeline.runtime.embedded.services import EmbeddedService, free_port
from pipeline.settings import Settings
from tests.support.waiting import eventually

SERVICES = [EmbeddedBroker, EmbeddedRedis]


def _script(file: Path, text: str) -> Path:
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


def _connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def test_the_broker_answers_when_start_returns() -> None:
    with EmbeddedBroker() as broker:
        admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        assert admin.list_topics() == []
        admin.close()


def test_redis_is_real_and_new_enough() -> None:
    with EmbeddedRedis() as server, Redis.from_url(server.url) as client:
        assert int(client.info("server")["redis_version"].split(".")[0]) >= 7
        assert client.eval("return redis.call('SET', KEYS[1], ARGV[1])", 1, "k", "v") == b"OK"


@pytest.mark.parametrize("service", SERVICES)
def test_stop_ends_only_what_it_started(service: type[EmbeddedService]) -> None:
    with service() as other:
        mine = service().start()
        pid, port = mine.process.pid, mine.port
        mine.stop()
        assert pid is not None
        assert not Path(f"/proc/{pid}").exists()
        assert not _connects(port)
        assert other.running
        assert other.answers()


@pytest.mark.parametrize("service", SERVICES)
def test_it_comes_back_on_the_same_port_after_a_kill(service: type[EmbeddedService]) -> None:
    with service() as running:
        port, pid = running.port, running.process.pid
        running.kill()
        assert not running.running
        running.start()
        assert running.port == port
        assert running.process.pid != pid
        assert running.answers()


@pytest.mark.parametrize("service", SERVICES)
def test_it_listens_on_the_loopback_interface_alone(service: type[EmbeddedService]) -> None:
    with service() as running:
        hexadecimal = f":{running.port:04X}"
        listening = [
            line.split()[1]
            for table in ("/proc/net/tcp", "/proc/net/tcp6")
            for line in Path(table).read_text().splitlines()[1:]
            if line.split()[1].endswith(hexadecimal) and line.split()[3] == "0A"
        ]
        assert listening == [f"0100007F{hexadecimal}"]


def test_redis_in_a_folder_keeps_its_data_through_a_kill(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path, options={"appendfsync": "always"}) as server:
        Redis.from_url(server.url).set("k", "v")
        server.kill()
        server.start()
        assert Redis.from_url(server.url).get("k") == b"v"


def test_redis_without_a_folder_leaves_no_files() -> None:
    server = EmbeddedRedis().start()
    folder = server.process.log.parent
    assert folder.is_dir()
    server.stop()
    assert not folder.exists()


def test_two_start_at_once_on_ports_of_their_own() -> None:
    with EmbeddedBroker() as first, EmbeddedBroker() as second:
        assert first.port != second.port


def test_a_preferred_port_is_taken_while_it_is_free_and_left_to_who_has_it() -> None:
    preferred = free_port()
    with EmbeddedBroker(preferred_port=preferred) as first, EmbeddedBroker(preferred_port=preferred) as second:
        assert first.port == preferred
        assert second.port != preferred
        assert first.answers()
        assert second.answers()
    with EmbeddedBroker(preferred_port=preferred) as again:  # at once after its last connection
        assert again.port == preferred


@pytest.mark.parametrize("service", SERVICES)
def test_a_port_that_is_taken_is_told_with_the_end_of_the_log(service: type[EmbeddedService]) -> None:
    with service() as first:
        second = service(port=first.port)
        with pytest.raises(ServiceNotReady, match=r"(?s)ended with code .*(in use|bind)"):
            second.start()
        second.stop()
        assert first.answers()


def test_a_service_that_never_answers_is_told_in_time_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleepy = _script(tmp_path / "sleepy", "echo still thinking; exec sleep 600")
    monkeypatch.setenv("GROUNDSWELL_BROKER_BIN", str(sleepy))
    broker = EmbeddedBroker(ready_timeout_s=3)
    with pytest.raises(ServiceNotReady, match=r"(?s)did not answer .* within 3 s.*still thinking"):
        broker.start()
    assert broker.process.poll() == -signal.SIGKILL
    broker.stop()


def test_a_free_port_that_was_lost_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = tmp_path / "starts"
    dying = _script(tmp_path / "dying", f"echo started >>{starts}; echo Address in use; exit 0")
    monkeypatch.setenv("GROUNDSWELL_BROKER_BIN", str(dying))
    broker = EmbeddedBroker()
    with pytest.raises(ServiceNotReady, match="ended with code 0"):
        broker.start()
    assert starts.read_text().count("started") == 3
    broker.stop()


def test_the_settings_for_the_roles_are_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedBroker() as broker, EmbeddedRedis() as redis:
        for name, value in embedded_settings_env(broker, redis).items():
            monkeypatch.setenv(name, value)
        settings = Settings()
        assert settings.kafka.bootstrap_servers == broker.bootstrap
        assert settings.kafka.session_timeout_ms == 2_000
        assert settings.redis.url == redis.url


PARENT = """
import time
from pipeline.runtime.embedded import EmbeddedBroker, EmbeddedRedis
broker, redis = EmbeddedBroker().start(), EmbeddedRedis().start()
print(broker.process.pid, broker.port, redis.process.pid, redis.port, flush=True)
time.sleep(600)
"""


@pytest.mark.crash
@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda it: it.name)
def test_no_service_outlives_its_parent(ending: signal.Signals) -> None:
    root = Path(__file__).parents[2]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=root,
        preexec_fn=_heed_signals,
    )  # fmt: skip
    assert parent.stdout is not None
    with parent.stdout:
        broker_pid, broker_port, redis_pid, redis_port = map(int, parent.stdout.readline().split())
    assert _connects(broker_port)
    assert _connects(redis_port)
    parent.send_signal(ending)
    parent.wait(20)
    eventually(lambda: not (_connects(broker_port) or _connects(redis_port)), timeout_s=5)
    for pid in (broker_pid, redis_pid):
        assert not _runs(pid)


def _heed_signals() -> None:
    """Whoever runs the tests may have been started in the background, with SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


CHILD = """
import pathlib, sys, time
from pipeline.runtime.embedded import ManagedProcess
log = pathlib.Path(sys.argv[1])
ManagedProcess("cat", ["cat", "/proc/self/status"], log=log).start().wait(10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_a_child_heeds_the_signals_that_its_parent_was_started_to_ignore(tmp_path: Path) -> None:
    def ignore_and_block() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    command = [sys.executable, "-c", CHILD, str(tmp_path / "log")]
    root = Path(__file__).parents[2]
    subprocess.run(command, cwd=root, timeout=30, check=True, preexec_fn=ignore_and_block)
    status = dict(line.split(":", 1) for line in (tmp_path / "log").read_text().splitlines())
    # The C library keeps two signals to itself, which nobody else can set.
    ours = sum(1 << (number - 1) for number in signal.valid_signals())
    assert {name: int(status[name], 16) & ours for name in ("SigIgn", "SigBlk")} == {"SigIgn": 0, "SigBlk": 0}


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
