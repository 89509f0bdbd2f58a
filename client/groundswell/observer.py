"""What a service may want to know beside the records: for its health check, metrics and view."""

from __future__ import annotations

from groundswell.decoding import Fault


class Observer:
    """Does nothing; override what you need. Called in the iterating thread, between two records."""

    def polled(self) -> None:
        """The broker was asked for records, and all that came before has been dealt with.

        At least every half second while connected, so this can drive a liveness check.
        """

    def stale(self, story_id: str) -> None:
        """A record was dropped: that revision, or a later one, was seen before."""

    def skipped(self, fault: Fault) -> None:
        """A record could not be used."""

    def removed(self, story_id: str) -> None:
        """A tombstone: the story is taken off the topic, and a view of it should be dropped."""

    def waiting(self, reason: str) -> None:
        """There is no broker or no topic; it is tried again."""
