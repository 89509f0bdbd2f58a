"""The file in which the feeds producer remembers across restarts: SQLite, which survives being killed."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Self

from pipeline.mendable import MendableError

VERSION = 1
_BUSY_S = 10.0
_SCHEMA = """
CREATE TABLE feeds (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    health TEXT NOT NULL,
    result TEXT,
    etag TEXT,
    last_modified TEXT,
    failures INTEGER NOT NULL,
    rhythm_s REAL,
    visited_at REAL,
    next_at REAL,
    error TEXT NOT NULL,
    error_at REAL,
    items INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE seen (
    feed INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    article BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    versions INTEGER NOT NULL,
    met_at REAL NOT NULL,
    PRIMARY KEY (feed, article)
) WITHOUT ROWID;
CREATE INDEX seen_article ON seen (article);
CREATE TABLE topic (id TEXT NOT NULL);
"""


class StateError(MendableError):
    """The state of the feeds can't be read or written; the message names the file."""


def default_path() -> Path:
    """Where the state is kept when no setting says it: `feeds.db` in the user's folder for states (XDG)."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "groundswell" / "feeds.db"


class Database:
    """One connection that threads share; every change is a transaction."""

    def __init__(self, path: Path, *, exclusive: bool = True) -> None:
        """Open the file, or make it. Raises StateError, also where another producer works with it.

        `exclusive=False` is for looking at it while a producer works.
        """
        self._path = path
        self._mutex = threading.Lock()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._held = _hold(path) if exclusive else None
            self._connection = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            self._prepare()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All that is done inside, or nothing of it. Raises StateError."""
        with self._mutex, self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        if self._held is not None:
            self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self) -> None:
        # A reader never waits for the producer, nor the producer for a reader. What a crash of the machine
        # may cost is the last moments: some articles are sent again, and count once. Where one is changed before
        # that, and its feed does not tell when, the version that came first stands.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT")
        elif version != VERSION:
            raise StateError(
                f"{self._path}: the state has version {version}, expected {VERSION}; move it away, "
                "then every feed is read once in full again"
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StateError(
                f"{self._path}: the state of the feeds can't be used: {error}; "
                "feeds.state names another file, and without the file every feed is read once in full"
            ) from error


def _hold(path: Path) -> IO[str]:
    """Keep other producers away from this file, for as long as the process lives or the result is open."""
    held = Path(f"{path}.lock").open("w")  # noqa: SIM115  # closed with the database
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise StateError(
            f"{path}: another feeds producer works with this state; each needs its own (feeds.state)"
        ) from None
    return held
