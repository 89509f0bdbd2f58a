"""What is known of each feed, kept across restarts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from producers.feeds.database import Database
from producers.feeds.feed_metrics import FeedHealth, Visit
from producers.feeds.fetch import NO_VALIDATORS, Validators

UNLISTED_FOR = timedelta(days=30)
"""A feed that has not been visited for so long, and is not in the list any more, is forgotten."""


_COLUMNS = "url, health, result, etag, last_modified, failures, rhythm_s, visited_at, next_at, error, error_at"


@dataclass(frozen=True)
class FeedState:
    """One feed, as its last visit left it."""

    url: str
    """Where it is visited: the address of the list, or to where the feed moved for good."""
    health: FeedHealth = FeedHealth.NEW
    result: Visit | None = None
    """How the last visit ended."""
    validators: Validators = NO_VALIDATORS
    failures: int = 0
    """In a row, up to the last visit."""
    rhythm_s: float | None = None
    """The feed's own interval."""
    visited_at: datetime | None = None
    next_at: datetime | None = None
    """When it is due. None: now, or never again where it is gone."""
    error: str = ""
    """The last one, also where later visits went well."""
    error_at: datetime | None = None


@dataclass(frozen=True)
class RememberedFeed:
    """A feed of the state, for looking at."""

    source: str
    """Its address in the list."""
    state: FeedState
    items: int
    """How many different articles it has shown so far."""


class FeedStates:
    """The states of all feeds in the file."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bind(self, topic: str) -> bool:
        """Say to which topic the articles go. True where they went to another one so far.

        Then nothing counts as seen any more, and every feed is due, in full.
        """
        with self._database.transaction() as connection:
            bound = connection.execute("SELECT id FROM topic").fetchone()
            if bound is not None and bound[0] == topic:
                return False
            connection.execute("DELETE FROM topic")
            connection.execute("INSERT INTO topic VALUES (?)", (topic,))
            if bound is None:
                return False
            connection.execute("DELETE FROM seen")
            connection.execute("UPDATE feeds SET etag = NULL, last_modified = NULL, next_at = NULL")
        return True

    def load(self, source: str) -> tuple[int, FeedState]:
        """The number of the feed with this address in the list, and its state; a new one is written down."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO feeds (source, url, health, failures, error) VALUES (?, ?, ?, 0, '')",
                (source, source, FeedHealth.NEW),
            )
            row = connection.execute(f"SELECT id, {_COLUMNS} FROM feeds WHERE source = ?", (source,)).fetchone()
        return int(row[0]), _state(row[1:])

    def save(self, feed: int, state: FeedState) -> None:
        """Write down what a visit taught."""
        names = ", ".join(f"{name} = ?" for name in _COLUMNS.split(", "))
        with self._database.transaction() as connection:
            connection.execute(f"UPDATE feeds SET {names} WHERE id = ?", (*_row(state), feed))

    def all(self) -> list[RememberedFeed]:
        """Every feed that was ever visited."""
        with self._database.transaction() as connection:
            rows = connection.execute(f"SELECT source, items, {_COLUMNS} FROM feeds ORDER BY id").fetchall()
        return [RememberedFeed(row[0], _state(row[2:]), row[1]) for row in rows]

    def forget(self, source: str) -> bool:
        """Drop one feed and what was seen in it; False where it is not known."""
        with self._database.transaction() as connection:
            return connection.execute("DELETE FROM feeds WHERE source = ?", (source,)).rowcount > 0

    def forget_unlisted(self, listed: Iterable[str], now: datetime) -> None:
        """Drop the feeds that left the list long ago, so that the file does not grow for ever."""
        kept = set(listed)
        before = (now - UNLISTED_FOR).timestamp()
        with self._database.transaction() as connection:
            old = connection.execute(
                "SELECT source FROM feeds WHERE visited_at IS NULL OR visited_at < ?", (before,)
            ).fetchall()
            gone = [row for row in old if row[0] not in kept]
            connection.executemany("DELETE FROM feeds WHERE source = ?", gone)


def _state(row: tuple[Any, ...]) -> FeedState:
    url, health, result, etag, modified, failures, rhythm_s, visited_at, next_at, error, error_at = row
    return FeedState(
        url=url,
        health=FeedHealth(health),
        result=None if result is None else Visit(result),
        validators=Validators(etag, modified),
        failures=failures,
        rhythm_s=rhythm_s,
        visited_at=_moment(visited_at),
        next_at=_moment(next_at),
        error=error,
        error_at=_moment(error_at),
    )


def _row(state: FeedState) -> tuple[object, ...]:
    return (
        state.url,
        state.health,
        state.result,
        state.validators.etag,
        state.validators.last_modified,
        state.failures,
        state.rhythm_s,
        _seconds(state.visited_at),
        _seconds(state.next_at),
        state.error,
        _seconds(state.error_at),
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
