"""How far each archive is read: one small file for each, so that several backfills may run side by side."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pipeline.json_codec import to_json
from pipeline.mendable import MendableError


class ProgressError(MendableError):
    """The progress can't be read or written; the message names the file."""


@dataclass(frozen=True)
class Progress:
    """All records before `offset` are on the topic, as far as they are articles."""

    archive: str
    topic: str | None
    """The topic's id in Kafka: what another topic got counts as not sent."""
    offset: int = 0
    done: bool = False
    articles: int = 0
    pages: int = 0


_READER = TypeAdapter(Progress)


def default_folder() -> Path:
    """Where progress is kept when no option says it, below the user's folder for states (XDG)."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "groundswell" / "backfill"


def load(folder: Path, archive: str, topic: str | None) -> Progress:
    """Where the last run ended; the beginning where there was none, or one for another topic."""
    path = _path(folder, archive)
    try:
        known = _READER.validate_json(path.read_bytes())
    except FileNotFoundError:
        return Progress(archive, topic)
    except (OSError, ValidationError) as error:
        raise ProgressError(f"{path}: can't be read: {error}; without it the archive is sent anew") from error
    return known if known.topic == topic else Progress(archive, topic)


def save(folder: Path, progress: Progress) -> None:
    """Write it down, wholly or not at all. Raises ProgressError."""
    path = _path(folder, progress.archive)
    beside = path.with_suffix(".new")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(to_json(asdict(progress)))
        beside.replace(path)
    except OSError as error:
        raise ProgressError(f"{path}: can't be written: {error.strerror or error}") from error


def _path(folder: Path, archive: str) -> Path:
    whole = archive if archive.startswith(("http://", "https://")) else str(Path(archive).resolve())
    return folder / f"{Path(archive).name[:80]}.{hashlib.sha256(whole.encode()).hexdigest()[:12]}.json"
