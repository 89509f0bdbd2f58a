"""A managed process is started, stopped and killed; nothing else is, and nothing outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.runtime.embedded import EmbeddedError, ManagedProcess
from tests.support.waiting import eventually

PYTHON = [sys.executable, "-c"]
SLEEP = [*PYTHON, "import time; print('up', flush=True); time.sleep(600)"]
DEAF = [
    *PYTHON,
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);print('up', flush=True); time.sleep(600)",
]


def _up(process: ManagedProcess) -> ManagedProcess:
    process.start()
    eventually(lambda: "up" in process.log_tail(), what="the child's first line")
    return process


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_stop_asks_first(tmp_path: Path) -> None:
    process = _up(ManagedProcess("role", SLEEP, log=tmp_path / "log"))
    assert process.stop() == -signal.SIGTERM
    assert not process.running


def test_stop_kills_one_that_does_not_listen(tmp_path: Path) -> None:
    process = _up(ManagedProcess("role", DEAF, log=tmp_path / "log"))
    assert process.stop(grace_s=0.2) == -signal.SIGKILL


def test_it_can_be_killed_and_started_again_and_the_log_goes_on(tmp_path: Path) -> None:
    process = _up(ManagedProcess("role", SLEEP, log=tmp_path / "log"))
    first = process.pid
    process.kill()
    assert process.poll() == -signal.SIGKILL
    process.start()
    eventually(lambda: process.log_tail().splitlines() == ["up", "up"])
    assert process.pid != first
    process.kill()


def test_starting_it_twice_is_an_error(tmp_path: Path) -> None:
    process = _up(ManagedProcess("role", SLEEP, log=tmp_path / "log"))
    with pytest.raises(EmbeddedError, match=f"role already runs as pid {process.pid}"):
        process.start()
    process.kill()


def test_exit_code_log_and_environment_are_the_childs_own(tmp_path: Path) -> None:
    child = [*PYTHON, "import os, sys; print(os.environ['COLOUR'], os.getcwd()); sys.exit(7)"]
    process = ManagedProcess(
        "role", child, log=tmp_path / "log", env={"COLOUR": "green", "PATH": os.environ["PATH"]}, cwd=tmp_path
    ).start()
    assert process.wait(20) == 7
    assert process.log_tail() == f"green {tmp_path}"


def test_waiting_too_long_is_a_timeout(tmp_path: Path) -> None:
    with (
        ManagedProcess("role", SLEEP, log=tmp_path / "log") as process,
        pytest.raises(TimeoutError, match="still runs"),
    ):
        process.wait(0.05)


def test_a_command_that_does_not_exist_says_so_in_its_log(tmp_path: Path) -> None:
    process = ManagedProcess("role", [str(tmp_path / "nothing")], log=tmp_path / "log")
    process.start()
    assert process.wait(20) != 0
    assert "nothing" in process.log_tail()


def test_the_log_tail_is_the_last_lines(tmp_path: Path) -> None:
    process = ManagedProcess("role", [*PYTHON, "print(*range(9), sep='\\n')"], log=tmp_path / "log").start()
    process.wait(20)
    assert process.log_tail(2) == "7\n8"


def test_a_stopped_process_is_never_signalled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = _up(ManagedProcess("role", SLEEP, log=tmp_path / "log"))
    process.stop()
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append(pid))
    process.terminate()
    process.kill()
    process.stop()
    assert sent == []


def test_the_terminals_interrupt_does_not_reach_it(tmp_path: Path) -> None:
    process = _up(ManagedProcess("role", SLEEP, log=tmp_path / "log"))
    assert process.pid is not None
    assert os.getsid(process.pid) == process.pid
    process.kill()


def test_it_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    process = ManagedProcess("role", SLEEP, log=tmp_path / "log")
    thread = threading.Thread(target=_up, args=(process,))
    thread.start()
    thread.join()
    with pytest.raises(TimeoutError):  # Linux would kill it with the thread
        process.wait(0.3)
    process.kill()


PARENT = """
import sys, time
from pathlib import Path
from pipeline.runtime.embedded import ManagedProcess
child = ManagedProcess("role", [sys.executable, "-c", {child!r}], log=Path({log!r})).start()
print(child.pid, flush=True)
{ending}
"""


def _parent(tmp_path: Path, ending: str, child: str) -> tuple[subprocess.Popen[str], int]:
    program = PARENT.format(child=child, log=str(tmp_path / "log"), ending=ending)
    root = Path(__file__).parents[3]
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root)
    assert parent.stdout is not None
    with parent.stdout:
        return parent, int(parent.stdout.readline())


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_nothing_outlives_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent, child = _parent(tmp_path, "time.sleep(600)", DEAF[-1])
    eventually(lambda: (tmp_path / "log").read_text() == "up\n")
    assert _alive(child)
    parent.kill()
    parent.wait()
    eventually(lambda: not _alive(child), timeout_s=5, what="end of the child")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_nothing_outlives_a_parent_that_forgets_to_stop_it(tmp_path: Path) -> None:
    parent, child = _parent(tmp_path, "", SLEEP[-1])
    assert parent.wait(20) == 0
    eventually(lambda: not _alive(child), timeout_s=5, what="end of the child")
