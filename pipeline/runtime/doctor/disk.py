"""Room on disks. Only those of this machine can be looked at here; what lies elsewhere, its own server tells."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from pipeline.runtime.doctor.finding import Finding, ok, warning, wrong
from pipeline.runtime.doctor.reach import Reach

LOW_SHARE = 0.1
FULL_BYTES = 100_000_000
_GB = 1e9
_TODO = "make room: a full disk stops what writes there"


def check_disk(reach: Reach) -> Iterator[Finding]:
    """Where this machine keeps something of ours: the state of the feeds producer."""
    for folder in reach.folders:
        there = next(each for each in (folder, *folder.absolute().parents) if each.is_dir())
        usage = shutil.disk_usage(there)
        yield room("disk of this machine", str(folder), usage.free, usage.total)


def room(subject: str, place: str, free: int, total: int) -> Finding:
    """What so much free of so many bytes means."""
    said = f"{free / _GB:.1f} of {total / _GB:.1f} GB free at {place}"
    if free < FULL_BYTES:
        return wrong(subject, said, _TODO)
    return warning(subject, said, _TODO) if free < LOW_SHARE * total else ok(subject, said)
