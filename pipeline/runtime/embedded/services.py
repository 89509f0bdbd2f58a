"""What the embedded broker and the embedded Redis have in common: start, wait until ready, stop."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from pipeline.runtime.embedded.binaries import PackagedBinary, find_binary
from pipeline.runtime.embedded.embedded_errors import ServiceNotReady
from pipeline.runtime.embedded.processes import ManagedProcess

HOST = "127.0.0.1"
PORT_ATTEMPTS = 3
"""Somebody else may take a free port between our look and the service's bind."""


def free_port(preferred: int = 0) -> int:
    """A TCP port on the loopback interface that is free now: the preferred one if it is."""
    with socket.socket() as probe:
        # As the services do: else a port would look taken for a minute after its last connection.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, preferred))
        except OSError:
            probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


class EmbeddedService(ABC):
    """A service process on 127.0.0.1 that lives no longer than this program.

    A context manager. After `kill()` or `stop()`, `start()` brings it back on the same port; what it still
    holds then depends on the service.
    """

    binary: ClassVar[PackagedBinary]

    def __init__(
        self, directory: Path | None = None, *, port: int = 0, preferred_port: int = 0,
        ready_timeout_s: float = 20.0,
    ) -> None:  # fmt: skip
        """Without a directory it keeps nothing: its folder is temporary.

        Port 0: a free one, `preferred_port` if it is.
        """
        self.port = port
        self._fixed_port = port != 0
        self._preferred_port = preferred_port
        self._given = directory
        self._folder: Path | None = directory
        self._ready_timeout_s = ready_timeout_s
        self._process: ManagedProcess | None = None
        self._ended_itself: int | None = None
        """Exit code of a start that failed because the process ended, as it does when the port is taken."""

    @abstractmethod
    def command(self, program: Path, folder: Path) -> list[str]:
        """The command line that starts the service on `self.port`."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether our own process answers at the port in its protocol."""

    @property
    def process(self) -> ManagedProcess:
        """The running process, for its pid and log."""
        if self._process is None:
            raise ServiceNotReady(f"the embedded {self.binary.title} was not started")
        return self._process

    @property
    def version(self) -> str:
        """That its program tells; "unknown" where it tells none."""
        asked = [str(find_binary(self.binary)), "--version"]
        said = subprocess.run(asked, env=_plain_environment(), capture_output=True, text=True, check=False).stdout
        found = re.search(r"\d+(\.\d+)+", said)
        return found.group() if found else "unknown"

    @property
    def running(self) -> bool:
        """Started and alive."""
        return self._process is not None and self._process.running

    def start(self) -> Self:
        """Start it and return when it answers; ServiceNotReady with the end of its log otherwise."""
        if self.running:
            return self
        program = find_binary(self.binary)
        for attempts_left in range(0 if self._fixed_port else PORT_ATTEMPTS - 1, -1, -1):
            try:
                self._start_once(program)
            except ServiceNotReady:
                if attempts_left == 0 or self._ended_itself is None:
                    raise
            else:
                break
        self._fixed_port = True
        return self

    def stop(self, grace_s: float = 5.0) -> None:
        """Stop it (SIGTERM, then SIGKILL after the grace) and remove its folder when that was temporary."""
        if self._process is not None:
            self._process.stop(grace_s)
        if self._given is None and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def kill(self) -> None:
        """End it as a crash would (SIGKILL); its folder stays."""
        if self._process is not None:
            self._process.kill()

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:  # also a signal meanwhile
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _make_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="groundswell-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    def _start_once(self, program: Path) -> None:
        if not self._fixed_port:
            # Once: somebody else may take it between our look and the service's bind, again and again.
            self.port, self._preferred_port = free_port(self._preferred_port), 0
        folder = self._make_folder()
        command = self.command(program, folder)
        environment = _plain_environment()
        self._process = ManagedProcess(self.binary.title, command, log=folder / "log.txt", env=environment)
        self._process.start()
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self._ended_itself = self._process.poll()
            self._process.kill()
            raise

    def _wait_until_ready(self, process: ManagedProcess) -> None:
        deadline = time.monotonic() + self._ready_timeout_s
        while process.running:
            # Asked in this order: an answer counts only if our process is still there afterwards, because
            # one that found the port taken has ended by then.
            if self.answers() and process.running:
                return
            if time.monotonic() > deadline:
                raise ServiceNotReady(
                    f"the embedded {self.binary.title} did not answer on {HOST}:{self.port} within "
                    f"{self._ready_timeout_s:g} s; the end of its log:\n{process.log_tail()}"
                )
            time.sleep(0.01)
        raise ServiceNotReady(
            f"the embedded {self.binary.title} ended with code {process.poll()} before it answered on "
            f"{HOST}:{self.port}; the end of its log:\n{process.log_tail()}"
        )


def _plain_environment() -> dict[str, str]:
    """Only what a service needs: Tansu reads names like STORAGE_ENGINE from its environment."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return {**kept, "NO_COLOR": "1"}
