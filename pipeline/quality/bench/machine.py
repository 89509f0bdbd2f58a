"""What a figure is worth nothing without: the machine, how busy it was, and the versions."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import machine, python_version

PACKAGES = ("groundswell-pipeline", "numpy", "faiss-cpu", "openvino", "torch", "kafka-python", "redis")
THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
"""By which libraries are told how many threads to have: numpy; PyTorch, faiss and scikit-learn."""
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Machine:
    """Where and on what a part ran."""

    processor: str
    cores: int
    """That this process may use."""
    memory_gb: float
    """Of the whole machine."""
    load: float
    """Processes that wanted a core in the minute before the part began: above 0, others ran too."""
    threads: dict[str, int]
    """In effect: of the encoder, where one runs, and by the variables. Where these are not set, one per core."""
    python: str
    versions: dict[str, str] = field(default_factory=dict)


def this_machine(encoder_threads: int | None = None, packages: Iterable[str] = PACKAGES) -> Machine:
    """The machine as it is now; packages that are not installed are left out.

    `encoder_threads` as in the settings, 0: one per core; None: no encoder runs.
    """
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(os.sysconf("SC_PHYS_PAGES") * _PAGE_BYTES / 1e9, 1),
        load=round(os.getloadavg()[0], 1),
        threads=_threads(encoder_threads),
        python=python_version(),
        versions=_versions(packages),
    )


def resident_bytes() -> int:
    """Memory of this process that is in RAM now."""
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE_BYTES


def _threads(encoder: int | None) -> dict[str, int]:
    cores = len(os.sched_getaffinity(0))
    told = {each: os.environ.get(each, "") for each in THREAD_VARIABLES}
    own = {} if encoder is None else {"encoder": encoder or os.cpu_count() or 1}
    return own | {name: int(value) if value.isdecimal() else cores for name, value in told.items()}


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
