"""The file of events that a receiver did not take within a day: one JSON object a line.

The record itself stays on the topic, whose last revision of a story is never deleted: a line says where. A line
with `replayed_at` is a note that the event of this name was delivered after all.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from consumers.webhooks.waiting_room import Waiting
from pipeline.json_codec import to_json
from pipeline.webhook_settings import StoryEvent

DEFAULT = Path("groundswell") / "webhooks.dead.jsonl"
"""In the folder for what must survive a restart."""
MAX_OFFSET = 2**63 - 1
"""Of Kafka. What stands in the file may be edited: a number beyond it would end a replay."""


class LetterName(NamedTuple):
    """Which event of which receiver. One that was given up twice, before and after a crash, is one."""

    subscription: str
    webhook_id: str


class Letter(BaseModel):
    """An event that was given up."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: AwareDatetime
    """When it was given up."""
    subscription: str
    webhook_id: str
    story_id: str
    revision: int
    type: StoryEvent
    tries: int
    reason: str
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)]

    @property
    def name(self) -> LetterName:
        """What tells it from others."""
        return LetterName(self.subscription, self.webhook_id)


class _Note(BaseModel):
    subscription: str
    webhook_id: str
    replayed_at: AwareDatetime


class LettersFile(NamedTuple):
    """What stands in the file."""

    letters: Sequence[Letter]
    """Each name once, in the order in which they were given up."""
    replayed: Mapping[LetterName, datetime]
    """Those that were delivered after all, and when."""
    strangers: int
    """Lines that are neither letter nor note."""


class DeadLetters:
    """Appends; safe between threads. The file is opened for each line, so it may be moved away at any time."""

    def __init__(self, path: Path | None) -> None:
        state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        self.path = path or state / DEFAULT
        self._lock = threading.Lock()

    def write(self, subscription: str, waiting: Waiting) -> None:
        """On disk when this returns: the position is committed after that. Raises OSError."""
        self._append(
            {
                "at": datetime.now(UTC).isoformat(),
                "subscription": subscription,
                "webhook_id": waiting.event.webhook_id,
                "story_id": waiting.event.story_id,
                "revision": waiting.event.revision,
                "type": waiting.event.kind.value,
                "tries": waiting.tries,
                "reason": waiting.reason,
                "partition": waiting.partition.partition,
                "offset": waiting.offset,
            }
        )

    def note_replayed(self, letter: Letter) -> None:
        """It was delivered after all. On disk when this returns. Raises OSError."""
        noted_at = datetime.now(UTC).isoformat()
        self._append(
            {"replayed_at": noted_at, "subscription": letter.subscription, "webhook_id": letter.webhook_id}
        )

    def read(self) -> LettersFile:
        """All of it; empty where there is no file. Raises OSError where it can't be read."""
        letters: dict[LetterName, Letter] = {}
        replayed: dict[LetterName, datetime] = {}
        strangers = 0
        for line in self.path.read_bytes().splitlines() if self.path.exists() else ():
            found = _letter_or_note(line)
            if isinstance(found, Letter):
                letters.setdefault(found.name, found)
            elif found is not None:
                replayed[LetterName(found.subscription, found.webhook_id)] = found.replayed_at
            else:
                strangers += bool(line.strip())
        return LettersFile(list(letters.values()), replayed, strangers)

    def _append(self, fields: Mapping[str, Any]) -> None:
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab+") as file:
                # A crash may have torn the last line, which must not swallow this one.
                end = file.seek(0, os.SEEK_END)
                torn = bool(end) and os.pread(file.fileno(), 1, end - 1) != b"\n"
                file.write((b"\n" if torn else b"") + to_json(fields) + b"\n")
                file.flush()
                os.fsync(file.fileno())


def _letter_or_note(line: bytes) -> Letter | _Note | None:
    for kind in (Letter, _Note):
        try:
            return kind.model_validate_json(line)
        except ValidationError:
            continue
    return None
