"""Processor time of each process of a deployment, as the kernel counts it: user and system, all threads."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pipeline.runtime.bench.deployment import Deployment

Spent = dict[str, float]
"""Processor seconds by process."""

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_UTIME = 11
"""Place of the user time in what follows the name in /proc/PID/stat, which may hold any character; the system time
follows it."""


class PipelineProcessorTime:
    """Counts from when it is made."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._before = self._now()

    def spent(self) -> Spent:
        """Since then. The producer is this process, which also looks whether all has arrived."""
        return {role: now - self._before[role] for role, now in self._now().items()}

    def _now(self) -> Spent:
        deployment, services = self._deployment, self._deployment.services
        return {
            "producer": time.process_time(),
            "broker": _processor_s(services.broker.process.pid),
            "clusterer": sum(_processor_s(each.process.pid) for each in deployment.clusterers),
            "redis": _processor_s(services.redis.process.pid),
            "publisher": sum(_processor_s(each.process.pid) for each in deployment.publishers),
        }


def _processor_s(pid: int | None) -> float:
    """Of a running process."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return sum(map(int, fields[_UTIME : _UTIME + 2])) / _TICKS_PER_S
