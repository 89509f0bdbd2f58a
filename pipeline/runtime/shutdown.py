"""Stopping in order: SIGTERM and SIGINT set an event that every loop looks at, or end what is under way."""

from __future__ import annotations

import signal
import threading
from types import FrameType

Stop = threading.Event
"""Set when the process should end after its current turn."""


def stop_on_signals() -> Stop:
    """An event that SIGTERM and SIGINT set; a second signal ends the process at once."""
    stop = Stop()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    return stop


def end_on_signals() -> None:
    """SIGTERM and SIGINT leave every `with` on the way out, and end the process with the exit code of a shell.

    A second signal ends the process at once.
    """

    def handle(number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
