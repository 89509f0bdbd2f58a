"""Starts processes from one thread that lives as long as the program.

Linux sends the parent-death signal when the *thread* that started a child ends, not when the program
does. A role started from a short-lived thread would be killed out of nowhere; so all are started here.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import IO

GUARD = Path(__file__).with_name("guard.py")

_Job = tuple[Callable[[], "subprocess.Popen[bytes]"], "Future[subprocess.Popen[bytes]]"]


def launch(
    command: Sequence[str], *, env: Mapping[str, str] | None, output: IO[bytes], cwd: Path | None
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own; on Linux it is killed when this program ends, however it ends.

    A session of its own keeps the terminal's Ctrl-C away from it: whoever started it stops it, in order.
    """
    guarded = [*_guard(), *command]

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            guarded, env=None if env is None else dict(env), cwd=cwd, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip

    done: Future[subprocess.Popen[bytes]] = Future()
    _queue(os.getpid()).put((start, done))
    return done.result()


def _guard() -> list[str]:
    if sys.platform != "linux":  # no such signal elsewhere: atexit is all there is
        return []
    return [sys.executable, "-I", "-S", str(GUARD), str(os.getpid())]


@functools.cache
def _queue(pid: int) -> SimpleQueue[_Job]:
    """One thread per process: a fork does not inherit the thread, so the pid is part of the key."""
    jobs: SimpleQueue[_Job] = SimpleQueue()
    threading.Thread(target=_serve, args=(jobs,), name=f"launcher-{pid}", daemon=True).start()
    return jobs


def _serve(jobs: SimpleQueue[_Job]) -> None:
    while True:
        start, done = jobs.get()
        try:
            done.set_result(start())
        except BaseException as error:
            done.set_exception(error)
