"""Which articles each feed has shown, and in which version they are on the topic."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.records.article import Article
from producers.feeds.database import Database

MAX_VERSIONS = 20
"""Of one article in one feed. Some feeds change a text with each visit (a counter, an advertisement): after so
many versions the article stands."""
KEPT = timedelta(days=7)
"""After a feed has stopped showing an article it is forgotten: if it comes again it is only sent again, and the
clusterer counts every article once."""
MAX_SEEN = 20_000
"""Of one feed; those met longest ago go first. About 100 bytes each."""


@dataclass(frozen=True)
class Sorted:
    """The articles of one visit."""

    new: tuple[Article, ...] = ()
    corrected: tuple[Article, ...] = ()
    """On the topic, but with another title, text or time of update."""
    known: tuple[Article, ...] = ()

    @property
    def unsent(self) -> tuple[Article, ...]:
        """What the topic lacks."""
        return self.new + self.corrected


def fingerprint(article: Article) -> bytes:
    """The same for two versions of an article that tell the same."""
    updated = article.updated_at.isoformat() if article.updated_at else ""
    told = "\0".join((article.title, article.text, updated))
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class SeenArticles:
    """What was sent, by feed. Safe to share between threads.

    By feed, because the feeds of an outlet show one article in versions of their own: a teaser here, the whole
    text there. Such a second version is not sent; a change of either is.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    def sort(self, feed: int, articles: Iterable[Article]) -> Sorted:
        """What of the articles that a feed shows is to be sent; of those with the same id the first counts."""
        found: dict[str, list[Article]] = {"new": [], "corrected": [], "known": []}
        distinct: dict[str, Article] = {}
        for article in articles:
            distinct.setdefault(article.article_id, article)
        with self._database.transaction() as connection:
            for article in distinct.values():
                found[_standing(connection, feed, article)].append(article)
        return Sorted(**{name: tuple(each) for name, each in found.items()})

    def remember(self, feed: int, articles: Sequence[Article]) -> None:
        """Kafka has these, each in this version or, where another feed showed it first, in that one's."""
        now = self._now()
        rows = [(feed, _key(each), fingerprint(each), now.timestamp()) for each in articles]
        with self._database.transaction() as connection:
            before = connection.total_changes
            connection.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, 0, ?)", rows)
            added = connection.total_changes - before
            connection.executemany(_MEET, [(mark, mark, met_at, feed, key) for feed, key, mark, met_at in rows])
            connection.execute("UPDATE feeds SET items = items + ? WHERE id = ?", (added, feed))
            connection.execute(
                "DELETE FROM seen WHERE feed = ? AND met_at < ?", (feed, (now - KEPT).timestamp())
            )
            connection.execute(_DROP_OLDEST, (feed, feed, MAX_SEEN))


_MEET = """
UPDATE seen SET versions = versions + (fingerprint != ?), fingerprint = ?, met_at = ?
WHERE feed = ? AND article = ?
"""
_DROP_OLDEST = """
DELETE FROM seen WHERE feed = ? AND article IN (
    SELECT article FROM seen WHERE feed = ? ORDER BY met_at DESC LIMIT -1 OFFSET ?
)
"""


def _standing(connection: sqlite3.Connection, feed: int, article: Article) -> str:
    key = _key(article)
    row = connection.execute(
        "SELECT fingerprint, versions FROM seen WHERE feed = ? AND article = ?", (feed, key)
    ).fetchone()
    if row is None:
        elsewhere = connection.execute("SELECT 1 FROM seen WHERE article = ? LIMIT 1", (key,)).fetchone()
        return "known" if elsewhere else "new"
    return "corrected" if row[0] != fingerprint(article) and row[1] < MAX_VERSIONS else "known"


def _key(article: Article) -> bytes:
    """Half of the id is enough to tell articles apart."""
    return bytes.fromhex(article.article_id)[:16]
