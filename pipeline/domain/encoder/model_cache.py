"""Where built models are kept, each in a folder that is there whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path


def cache_folder() -> Path:
    """Where built models are kept: GROUNDSWELL_CACHE, else the user's cache folder."""
    named = os.environ.get("GROUNDSWELL_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "groundswell"


def model_folder(name: str) -> Path:
    """The folder of the built model `name`, whether it is there or not."""
    return cache_folder() / "models" / name


def built_once(target: Path, build: Callable[[Path], None]) -> Path:
    """`target`, filled by `build` where it is not there.

    Built beside the target and renamed, so that a killed build or a second process leaves no half model.
    """
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
    try:
        build(draft)
        # Images build as root and run as another user, but temporary folders and weights are for one user alone.
        for each in (draft, *draft.rglob("*")):
            each.chmod(0o755 if each.is_dir() else 0o644)
        try:
            draft.rename(target)
        except OSError:  # another process was faster; its folder is as good
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target
