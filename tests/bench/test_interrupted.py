"""`groundswell bench` that is told to end: nothing of it is left, and nobody reads a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.settings import Settings
from tests.support.roles import ROOT
from tests.support.settings import settings_env

pytestmark = pytest.mark.timeout(280)

BEGINS_WITHIN_S = 200.0
ENDS_WITHIN_S = 60.0
"""On a machine that is busy; free ones take a second or two."""


@dataclass(frozen=True)
class Running:
    """A command in a session of its own, whose temporary folders are all in one."""

    process: subprocess.Popen[str]
    temporary: Path

    def children(self) -> dict[int, str]:
        """Command lines of its descendants."""
        found: dict[int, str] = {}
        parents = {self.process.pid}
        for pid in sorted(int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()):
            try:
                parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if parent in parents:
                parents.add(pid)
                found[pid] = command
        return found

    def wait_until(self, begun: Callable[[], bool]) -> None:
        deadline = time.monotonic() + BEGINS_WITHIN_S
        while not begun():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)


def run(temporary: Path, *part: str) -> Running:
    command = [sys.executable, "-m", "pipeline.runtime.cli.main", "bench", *part]
    env = settings_env(Settings()) | {"TMPDIR": str(temporary)}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return Running(process, temporary)


def assert_nothing_is_left(bench: Running, children: dict[int, str], code: int) -> None:
    _, errors = bench.process.communicate(timeout=ENDS_WITHIN_S)
    assert bench.process.returncode == code, errors
    assert "Traceback" not in errors
    assert list(bench.temporary.iterdir()) == []
    deadline = time.monotonic() + 5
    while left := [pid for pid in children if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, [children[pid] for pid in left]
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("whole_group", [False, True])
def test_index_takes_its_workers_with_it(tmp_path: Path, number: signal.Signals, whole_group: bool) -> None:
    bench = run(tmp_path, "index", "--stories", "50000")
    bench.wait_until(lambda: sum("spawn_main" in each for each in bench.children().values()) == 2)
    children = bench.children()
    (os.killpg if whole_group else os.kill)(bench.process.pid, number)
    assert_nothing_is_left(bench, children, 128 + number)


@pytest.mark.parametrize("folders", [1, 2, 3])
def test_services_go_at_whatever_moment_it_is(tmp_path: Path, folders: int) -> None:
    bench = run(tmp_path, "scale", "--clusterers", "1", "--encoder-ms", "1000")
    bench.wait_until(lambda: len(list(tmp_path.glob("groundswell-*"))) >= folders)
    children = bench.children()
    bench.process.terminate()
    assert_nothing_is_left(bench, children, 128 + signal.SIGTERM)
