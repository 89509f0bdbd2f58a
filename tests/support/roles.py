"""Runs roles as processes of their own, as in production, so that they can be killed hard."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.runtime.embedded import ManagedProcess
from tests.support.settings import settings_env
from tests.support.waiting import eventually
from tests.support.world import World

ROOT = Path(__file__).resolve().parents[2]


def role(world: World, name: str, folder: Path) -> ManagedProcess:
    """`groundswell consume NAME`, not started yet."""
    command = [sys.executable, "-m", "pipeline.runtime.cli.main", "consume", name]
    return ManagedProcess(name, command, log=folder / f"{name}.log", env=settings_env(world.settings), cwd=ROOT)


def wait_for_records(world: World, count: int, roles: list[ManagedProcess], timeout_s: float = 240) -> None:
    """Until this many records are applied. Fails at once where a role ended by itself."""

    def reached() -> bool:
        for each in roles:
            assert each.running, f"{each.name} ended by itself:\n{each.log_tail()}"
        return world.positions.counters()["in"] >= count

    eventually(reached, timeout_s=timeout_s, pause_s=0.02, what=f"{count} records applied")
