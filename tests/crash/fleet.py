"""Two clusterers, two publishers, a Redis and a network to it, to be killed and kept alive."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from redis.exceptions import RedisError

from pipeline.gaps import VARIABLE
from pipeline.runtime.embedded import EmbeddedRedis, ManagedProcess
from pipeline.settings import Settings
from tests.support.proxy import Proxy
from tests.support.roles import ROOT
from tests.support.settings import settings_env
from tests.support.waiting import eventually
from tests.support.world import World

CLUSTERERS, PUBLISHERS = ("clusterer-1", "clusterer-2"), ("publisher-1", "publisher-2")
ROLES = (*CLUSTERERS, *PUBLISHERS)
COMMANDS = {
    "clusterer": ["pipeline.runtime.cli.main", "bench", "clusterer"],
    "publisher": ["pipeline.runtime.cli.main", "consume", "publisher"],
}
WATCH_S = 0.1


class Fleet:
    """The roles as processes of their own, with a supervisor that starts again whatever ends."""

    def __init__(
        self, world: World, settings: Settings, redis: EmbeddedRedis, redis_folder: Path, proxy: Proxy, logs: Path
    ) -> None:
        """`settings` are those of the roles."""
        self.world, self.redis, self.proxy = world, redis, proxy
        self.redis_folder = redis_folder
        self._logs = logs
        self._env = settings_env(settings)
        self._processes = {name: self._process(name) for name in ROLES}
        self._wanted = set(ROLES)
        self._lock = threading.RLock()
        self._counting = threading.Lock()
        self._over = threading.Event()
        self._applied = 0
        self.committed = 0
        """Records applied since the start; those that a loss took away and that were applied again count again."""
        self.restarts = 0

    def applied(self) -> int:
        """Records applied, as far as could be seen last."""
        with contextlib.suppress(RedisError, OSError), self._counting:
            now = self.world.positions.counters()["in"]
            self.committed += max(0, now - self._applied)
            self._applied = now
        return self._applied

    def kill(self, name: str) -> None:
        """SIGKILL; the supervisor starts it again."""
        with self._lock:
            self._processes[name].kill()

    def kill_in_gap(self, name: str, gap: str) -> None:
        """The role is started so that it kills itself when it comes to this gap."""
        with self._lock:
            self._processes[name].kill()
            self._processes[name] = self._process(name, {VARIABLE: gap})
            self._processes[name].start()
            # The one after that is an ordinary one again.
            doomed, self._processes[name] = self._processes[name], self._process(name)
            self._wanted.discard(name)
        with contextlib.suppress(AssertionError):  # perhaps it never comes there: others were faster
            eventually(lambda: not doomed.running, timeout_s=8, what=f"{name} killed at {gap}")
        with self._lock:
            doomed.kill()
            self._wanted.add(name)

    def pause(self, name: str, seconds: float) -> None:
        """A zombie: it hangs, others take over, and then it goes on."""
        with self._lock:
            process = self._processes[name]
            process.signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.signal(signal.SIGCONT)

    def copy_redis(self) -> Path:
        """The folder of Redis as it is now, perhaps in the middle of a transaction."""
        copy = self.redis_folder.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.redis_folder, copy)
        return copy

    def restart_redis(self, holding: Path | None = None, *, nothing: bool = False) -> None:
        """Kill it and start it again: with what it had, with what a copy holds, or with nothing."""
        self.redis.kill()
        if holding is not None or nothing:
            shutil.rmtree(self.redis_folder)
        if holding is not None:
            shutil.copytree(holding, self.redis_folder)
        self.redis.start()

    def stop(self, *names: str) -> None:
        """For good."""
        with self._lock:
            self._wanted -= set(names)
        for name in names:
            self._processes[name].stop(grace_s=20)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """All up, and watched."""
        watch = threading.Thread(target=self._watch, daemon=True)
        watch.start()
        threading.Thread(target=self._count, daemon=True).start()
        try:
            yield
        finally:
            self._over.set()
            watch.join()
            for each in self._processes.values():
                if each.running:
                    os.kill(each.pid or 0, signal.SIGCONT)
                each.kill()

    def _watch(self) -> None:
        while not self._over.wait(WATCH_S):
            with self._lock:
                for name in self._wanted:
                    if not self._processes[name].running:
                        self._processes[name].start()
                        self.restarts += 1

    def _count(self) -> None:
        while not self._over.wait(WATCH_S):
            self.applied()

    def _process(self, name: str, more: dict[str, str] | None = None) -> ManagedProcess:
        command = [sys.executable, "-m", *COMMANDS[name.partition("-")[0]]]
        return ManagedProcess(
            name, command, log=self._logs / f"{name}.log", env={**self._env, **(more or {})}, cwd=ROOT
        )


def fleet_settings(settings: Settings, proxy: Proxy) -> Settings:
    """The roles reach Redis by way of the proxy."""
    return settings.model_copy(update={
        "redis": settings.redis.model_copy(update={"url": f"redis://127.0.0.1:{proxy.port}/0"})
    })  # fmt: skip
