"""One child process with a log file: a role of the demo, or an embedded service."""

from __future__ import annotations

import atexit
import contextlib
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.runtime.embedded.embedded_errors import EmbeddedError
from pipeline.runtime.embedded.launcher import launch

TAIL_BYTES = 64_000


class ManagedProcess:
    """A child process that can be started, watched, stopped, killed and started again.

    Signals go only to the process started here, and never after it was reaped, so they can't reach a
    stranger that got the same pid. A context manager: leaving it stops the process.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, log: Path,
        env: Mapping[str, str] | None = None, cwd: Path | None = None,
    ) -> None:  # fmt: skip
        """`env` is the whole environment, None means this process's own. The log file is appended to."""
        self.name = name
        self.command = list(command)
        self.log = log
        self._env = env
        self._cwd = cwd
        self._process: subprocess.Popen[bytes] | None = None

    def __repr__(self) -> str:
        return f"<ManagedProcess {self.name} pid={self.pid} exit_code={self.poll()}>"

    def start(self) -> Self:
        """Start it, or start it again after it ended."""
        if self.running:
            raise EmbeddedError(f"{self.name} already runs as pid {self.pid}; stop it first")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = launch(self.command, env=self._env, output=output, cwd=self._cwd)
        atexit.register(self.kill)
        return self

    @property
    def pid(self) -> int | None:
        """The pid of the last start; None before the first."""
        return None if self._process is None else self._process.pid

    @property
    def running(self) -> bool:
        """Started and not ended."""
        return self._process is not None and self._process.poll() is None

    def poll(self) -> int | None:
        """Its exit code, negative when a signal ended it; None while it runs or before the first start."""
        return None if self._process is None else self._process.poll()

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait for its end and return the exit code; TimeoutError when it takes longer."""
        if self._process is None:
            raise EmbeddedError(f"{self.name} was never started")
        try:
            return self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{self.name} (pid {self.pid}) still runs after {timeout_s} s") from None

    def terminate(self) -> None:
        """Ask it to end (SIGTERM)."""
        self.signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once (SIGKILL) and reap it."""
        atexit.unregister(self.kill)
        if self.running:
            self.signal(signal.SIGKILL)
            self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; nothing happens when it has already ended."""
        if self._process is not None:
            self._process.send_signal(number)

    def stop(self, grace_s: float = 10.0) -> int | None:
        """SIGTERM, then SIGKILL for one that is not gone after the grace; return the exit code."""
        self.terminate()
        if self.running:
            with contextlib.suppress(TimeoutError):  # the kill below is the answer to it
                self.wait(grace_s)
        self.kill()
        return self.poll()

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines of its log."""
        if not self.log.is_file():
            return ""
        with self.log.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - TAIL_BYTES))
            text = stream.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
