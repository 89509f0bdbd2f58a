"""What a figure is worth nothing without: the machine, how busy it was, and the versions."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import machine, python_version

PACKAGES = ("groundswell-pipeline", "numpy", "openvino", "torch", "kafka-python", "redis")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Machine:
    """Where and on what a part ran."""

    processor: str
    cores: int
    """That this process may use."""
    load: float
    """Processes that wanted a core in the minute before the part began: above 0, others ran too."""
    threads: int
    """Of the encoder; 0: as many as there are cores."""
    python: str
    versions: dict[str, str] = field(default_factory=dict)


def this_machine(threads: int = 0, packages: Iterable[str] = PACKAGES) -> Machine:
    """The machine as it is now; packages that are not installed are left out."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        load=round(os.getloadavg()[0], 1),
        threads=threads,
        python=python_version(),
        versions=_versions(packages),
    )


def resident_bytes() -> int:
    """Memory of this process that is in RAM now."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE_BYTES


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), machine())


def _versions(packages: Iterable[str]) -> dict[str, str]:
    found = {}
    for each in packages:
        try:
            found[each] = version(each)
        except PackageNotFoundError:
            continue
    return found
