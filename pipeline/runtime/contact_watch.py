"""Asks the dependencies of a role for a sign of life, beside its work.

Its work can't tell: it is silent where there is nothing to do, and while it waits for one dependency it hears
nothing of the others. So each has a thread of its own.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Protocol, Self

from pipeline.runtime.contacts import Contacts

PINGS = 5
"""In the time that a contact counts."""


class Ping(Protocol):
    """One dependency."""

    def ask(self, timeout_s: float) -> None:
        """Return once it answered; raise where it does not."""

    def close(self) -> None:
        """Let go of it."""


class ContactWatch:
    """Tells `contacts` of each dependency; a context manager."""

    def __init__(self, contacts: Contacts, contact_s: float, **pings: Ping) -> None:
        """A contact counts for `contact_s`; the names of `pings` are those of the dependencies."""
        self._contacts = contacts
        self._contact_s = contact_s
        self._pings = pings
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        for name, ping in self._pings.items():
            self._contacts.expect(name, self._contact_s)
            threading.Thread(target=self._watch, args=(name, ping), name=f"contact-{name}", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()

    def _watch(self, name: str, ping: Ping) -> None:
        while not self._closed.is_set():
            try:
                ping.ask(self._contact_s / 2)
            except Exception as error:  # whatever it is, it is no answer
                self._contacts.failed(name, str(error) or type(error).__name__)
            else:
                self._contacts.made(name)
            self._closed.wait(self._contact_s / PINGS)
        ping.close()
