"""Runs roles as processes of their own, as in production, so that they can be killed hard."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from pipeline.runtime.embedded import ManagedProcess
from tests.support.settings import settings_env
from tests.support.world import World

ROOT = Path(__file__).resolve().parents[2]


def role(world: World, name: str, folder: Path) -> ManagedProcess:
    """`groundswell consume NAME`, not started yet."""
    command = [sys.executable, "-m", "pipeline.runtime.cli.main", "consume", name]
    return ManagedProcess(name, command, log=folder / f"{name}.log", env=settings_env(world.settings), cwd=ROOT)


def share_applied(world: World, records: int, roles: Mapping[str, ManagedProcess]) -> float:
    """How much of so many records is applied, from 0 to 1. Fails where a role ended by itself."""
    for each in roles.values():
        assert each.running, f"{each.name} ended by itself:\n{each.log_tail()}"
    return world.positions.counters()["in"] / records
