"""What client libraries say while a server is away: counted instead of written.

They say it at each try of each connection, ten lines a second and more. `contacts.py` has one line when contact is
lost and one when it is back. At log level debug everything is written.
"""

from __future__ import annotations

import logging
import re
import threading

_SPEAKERS = (
    "kafka.net", "kafka.cluster", "kafka.coordinator", "kafka.producer", "kafka.consumer.fetcher", "kafka.admin",
)  # fmt: skip
_AWAY = re.compile(
    r"[Cc]onnection|[Bb]ootstrap|DNS lookup|disconnect|[Tt]imed? ?out|not ready|No node|coordinator|NodeNotReady|"
    r"Error (?:sending|receiving)|send a transactional request|Metadata refresh|Abort \(|[Hh]eartbeat"
)
_REFUSED = re.compile(r"SaslAuthenticationFailed|Handshake failed|AuthorizationFailed")

_lock = threading.Lock()
_folded = 0


class Folding(logging.Filter):
    """For a handler. A refusal passes, once until there is another: waiting does not mend it."""

    _last_refusal = ""

    def filter(self, record: logging.LogRecord) -> bool:
        """False for what is counted instead."""
        if not record.name.startswith(_SPEAKERS):
            return True
        said = record.getMessage()
        refusal = _REFUSED.search(said)
        if refusal is not None and refusal[0] != self._last_refusal:
            self._last_refusal = refusal[0]
            return True
        if refusal is None and not _AWAY.search(said):
            return True
        _count()
        return False


def take_folded() -> int:
    """How many lines were counted since this was asked last."""
    global _folded
    with _lock:
        taken, _folded = _folded, 0
    return taken


def _count() -> None:
    global _folded
    with _lock:
        _folded += 1
