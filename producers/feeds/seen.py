"""Which articles each feed has shown, and in which version they are on the topic."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.domain.records.article import Article
from producers.feeds.database import Database

MAX_VERSIONS = 20
"""Of one article in one feed. Some feeds change a text with each visit (a counter, an advertisement): after so
many versions the article stands."""
KEPT = timedelta(days=7)
"""After a feed has stopped showing an article it is forgotten: if it comes again it is only sent again, and the
clusterer counts every article once."""
_DIGEST_BYTES = 8
MAX_SEEN = 20_000
"""Of one feed; those met longest ago go first. About 100 bytes each."""


@dataclass(frozen=True)
class Sorted:
    """The articles of one visit."""

    new: tuple[Article, ...] = ()
    corrected: tuple[Article, ...] = ()
    """On the topic, but with another title, text or time of update, or withdrawn since."""
    known: tuple[Article, ...] = ()
    untold: frozenset[str] = frozenset()
    """Ids of the corrected ones whose feed does not say that, or when, it changed them."""

    @property
    def unsent(self) -> tuple[Article, ...]:
        """What the topic lacks."""
        return self.new + self.corrected

    def outgoing(self, now: datetime) -> tuple[Article, ...]:
        """`unsent` as it is sent: only what is said to be newer counts as that, so a change that the feed does not
        tell gets the time at which it was seen."""
        return tuple(
            each.model_copy(update={"updated_at": now}) if each.article_id in self.untold else each
            for each in self.unsent
        )


def fingerprint(article: Article) -> bytes:
    """The same for two versions of an article that tell the same."""
    told = "\0".join((article.title, article.text, *(["withdrawn"] if article.withdrawn else [])))
    updated = article.updated_at.isoformat() if article.updated_at else ""
    return _digest(told) + _digest(updated)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()


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
        untold = set()
        distinct: dict[str, Article] = {}
        for article in articles:
            distinct.setdefault(article.article_id, article)
        with self._database.transaction() as connection:
            for article in distinct.values():
                before = _mark(connection, feed, article)
                standing = _standing(connection, before, article)
                found[standing].append(article)
                if standing == "corrected" and before and _same_time(before.fingerprint, article):
                    untold.add(article.article_id)
        return Sorted(**{name: tuple(each) for name, each in found.items()}, untold=frozenset(untold))

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
            connection.execute("DELETE FROM seen WHERE feed = ? AND met_at < ?", (feed, (now - KEPT).timestamp()))
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


@dataclass(frozen=True)
class _Mark:
    fingerprint: bytes
    versions: int


def _mark(connection: sqlite3.Connection, feed: int, article: Article) -> _Mark | None:
    """What is remembered of the article in this feed."""
    row = connection.execute(
        "SELECT fingerprint, versions FROM seen WHERE feed = ? AND article = ?", (feed, _key(article))
    ).fetchone()
    return None if row is None else _Mark(*row)


def _standing(connection: sqlite3.Connection, before: _Mark | None, article: Article) -> str:
    if before is None:
        elsewhere = connection.execute("SELECT 1 FROM seen WHERE article = ? LIMIT 1", (_key(article),)).fetchone()
        return "known" if elsewhere and not article.withdrawn else "new"
    changed = before.fingerprint != fingerprint(article)
    return "corrected" if changed and (before.versions < MAX_VERSIONS or article.withdrawn) else "known"


def _same_time(before: bytes, article: Article) -> bool:
    """Whether the feed says no other time of update than before, or none at all."""
    return article.updated_at is None or before[_DIGEST_BYTES:] == fingerprint(article)[_DIGEST_BYTES:]


def _key(article: Article) -> bytes:
    """Half of the id is enough to tell articles apart."""
    return bytes.fromhex(article.article_id)[:16]
