"""Where built models are kept, each in a folder that is there whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import structlog

from pipeline.domain.encoder.encoder_errors import EncoderError

_CONTENTS = "contents.json"
"""Each file of a built model and its size. Written last."""

log = structlog.get_logger(__name__)


class CacheError(EncoderError):
    """No model can be kept."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"a built model can't be kept: {error}; let GROUNDSWELL_CACHE name a folder to write in")


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


def is_whole(folder: Path) -> bool:
    """Whether all is there that was built: a copy that was cut short or a full disk leaves less."""
    try:
        sizes: dict[str, int] = json.loads((folder / _CONTENTS).read_text("utf-8"))
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return False


def built_once(target: Path, build: Callable[[Path], None]) -> Path:
    """`target`, filled by `build` where it is not there, or not whole.

    Built beside the target and renamed, so that a killed build, a power cut or a second process leaves no half
    model. Raises CacheError.
    """
    if is_whole(target):
        return target
    if target.exists():
        log.warning("a built model is not whole and is made again", folder=str(target))
    workshop = _workshop(target.parent)
    try:
        draft = workshop / "draft"
        draft.mkdir()
        build(draft)
        _finish(draft)
        _put(draft, target, aside=workshop / "aside")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)
    return target


def _workshop(parent: Path) -> Path:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".building-", dir=parent))
    except OSError as error:
        raise CacheError(error) from error


def _finish(draft: Path) -> None:
    """List what is there, and have all of it on the disk."""
    files = sorted(each for each in draft.rglob("*") if each.is_file())
    sizes = {str(each.relative_to(draft)): each.stat().st_size for each in files}
    (draft / _CONTENTS).write_text(json.dumps(sizes, indent=1), "utf-8")
    for each in (draft, *draft.rglob("*")):
        # Images build as root and run as another user, but temporary folders and weights are for one user alone.
        each.chmod(0o755 if each.is_dir() else 0o644)
        _sync(each)


def _put(draft: Path, target: Path, aside: Path) -> None:
    if not is_whole(target):
        with contextlib.suppress(FileNotFoundError):
            target.rename(aside)
    try:
        draft.rename(target)
    except OSError:  # another process was faster; its folder is as good
        if not is_whole(target):
            raise
    _sync(target.parent)


def _sync(path: Path) -> None:
    """A renamed folder may outlive a power cut that its files do not, unless they are on the disk before."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
