"""The file of events that a receiver did not take within a day: one JSON object a line.

The record itself stays on the topic, whose last revision of a story is never deleted: a line says where.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

from consumers.webhooks.waiting_room import Waiting
from pipeline.json_codec import to_json

DEFAULT = Path("groundswell") / "webhooks.dead.jsonl"
"""In the folder for what must survive a restart."""


class DeadLetters:
    """Appends; safe between threads. The file is opened for each letter, so it may be moved away at any time."""

    def __init__(self, path: Path | None) -> None:
        state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
        self.path = path or state / DEFAULT
        self._lock = threading.Lock()

    def write(self, subscription: str, waiting: Waiting) -> None:
        """On disk when this returns: the position is committed after that. Raises OSError."""
        line = to_json(
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
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
