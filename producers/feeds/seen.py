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
_FINGERPRINT_BYTES = 2 * _DIGEST_BYTES
_TIME_BYTES = 8
_UNCONFIRMED = -1
"""In place of the number of versions, while the first one is under way and Kafka has acknowledged none."""
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
    """Ids of the corrected ones that need a time of update from us: their feed does not say that, or when, it
    changed them, or says a time that does not count as later than what may be on the topic."""

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

    What is sent is marked as under way before, for a producer may be killed, or the disk fill up, when Kafka has
    it and nothing here says so. Whatever the feed shows then is sent: the same version once more as it was, any
    other one so that it counts as newer, whether what was under way came through or not.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now
        self._unwritten: dict[tuple[int, bytes], _Mark] = {}
        """What is under way where the file took no mark."""

    def sort(self, feed: int, articles: Iterable[Article]) -> Sorted:
        """What of the articles that a feed shows is to be sent; of those with the same id the first counts."""
        found: dict[str, list[Article]] = {"new": [], "corrected": [], "known": []}
        untold = set()
        distinct: dict[str, Article] = {}
        for article in articles:
            distinct.setdefault(article.article_id, article)
        with self._database.transaction() as connection:
            for article in distinct.values():
                before = self._unwritten.get((feed, _key(article))) or _mark(connection, feed, article)
                standing = _standing(connection, before, article)
                found[standing].append(article)
                if standing == "corrected" and before and before.outlasts(article):
                    untold.add(article.article_id)
        return Sorted(**{name: tuple(each) for name, each in found.items()}, untold=frozenset(untold))

    def begin(self, feed: int, shown: Sequence[Article], sent: Sequence[Article]) -> None:
        """These are sent next, each as the feed shows it and as it goes out.

        Raises StateError; then they are marked for as long as the process lives.
        """
        pairs = zip(shown, sent, strict=True)
        marks = {_key(each): fingerprint(each) + _version(out).to_bytes(_TIME_BYTES) for each, out in pairs}
        self._unwritten |= {(feed, key): _Mark(mark, 0) for key, mark in marks.items()}
        met_at = self._now().timestamp()
        with self._database.transaction() as connection:
            before = connection.total_changes
            new = [(feed, key, mark, _UNCONFIRMED, met_at) for key, mark in marks.items()]
            connection.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?)", new)
            connection.execute(_SHOW, (connection.total_changes - before, feed))
            begun = [(mark, met_at, feed, key) for key, mark in marks.items()]
            connection.executemany(_BEGIN, begun)
        self._written(feed, marks)

    def remember(self, feed: int, articles: Sequence[Article]) -> None:
        """Kafka has these, each in this version or, where another feed showed it first, in that one's."""
        now = self._now()
        rows = [(feed, _key(each), fingerprint(each), now.timestamp()) for each in articles]
        with self._database.transaction() as connection:
            before = connection.total_changes
            connection.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, 0, ?)", rows)
            added = connection.total_changes - before
            connection.executemany(_MEET, [(mark, mark, met_at, feed, key) for feed, key, mark, met_at in rows])
            connection.execute(_SHOW, (added, feed))
            connection.execute("DELETE FROM seen WHERE feed = ? AND met_at < ?", (feed, (now - KEPT).timestamp()))
            connection.execute(_DROP_OLDEST, (feed, feed, MAX_SEEN))
        self._written(feed, [key for _, key, _, _ in rows])

    def _written(self, feed: int, keys: Iterable[bytes]) -> None:
        """The file knows of these what there is to know."""
        for key in keys:
            self._unwritten.pop((feed, key), None)


_SHOW = "UPDATE feeds SET items = items + ? WHERE id = ?"
_BEGIN = "UPDATE seen SET fingerprint = ?, met_at = ? WHERE feed = ? AND article = ?"
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
    """What is remembered of an article in a feed: its fingerprint, and with the time of update behind it where it
    is under way in this version."""

    mark: bytes
    versions: int

    @property
    def under_way(self) -> bool:
        return len(self.mark) > _FINGERPRINT_BYTES

    def tells(self, article: Article) -> bool:
        """Whether the article is in this version."""
        return self.mark[:_FINGERPRINT_BYTES] == fingerprint(article)

    def is_repeated_by(self, article: Article) -> bool:
        """Whether this is the first version, under way, and the article is nothing but that."""
        return self.versions == _UNCONFIRMED and self.tells(article) and not self.outlasts(article)

    def outlasts(self, article: Article) -> bool:
        """Whether the article, in its feed's words, would not count as newer than this version.

        What is under way may be repeated as it was; so it counts once, and says nothing that its feed did not.
        """
        if self.under_way:
            sent = int.from_bytes(self.mark[_FINGERPRINT_BYTES:])
            return (_version(article), self.tells(article)) < (sent, True)
        return article.updated_at is None or self.mark[_DIGEST_BYTES:] == fingerprint(article)[_DIGEST_BYTES:]


def _mark(connection: sqlite3.Connection, feed: int, article: Article) -> _Mark | None:
    """What is remembered of the article in this feed."""
    row = connection.execute(
        "SELECT fingerprint, versions FROM seen WHERE feed = ? AND article = ?", (feed, _key(article))
    ).fetchone()
    return None if row is None else _Mark(*row)


def _standing(connection: sqlite3.Connection, before: _Mark | None, article: Article) -> str:
    if before is None or before.is_repeated_by(article):
        return "known" if _is_elsewhere(connection, article) and not article.withdrawn else "new"
    if before.under_way:
        return "corrected"
    changed = not before.tells(article)
    return "corrected" if changed and (before.versions < MAX_VERSIONS or article.withdrawn) else "known"


def _is_elsewhere(connection: sqlite3.Connection, article: Article) -> bool:
    """Whether it is on the topic from some feed; this one does not say so."""
    elsewhere = "SELECT 1 FROM seen WHERE article = ? AND versions != ? LIMIT 1"
    return connection.execute(elsewhere, (_key(article), _UNCONFIRMED)).fetchone() is not None


def _version(article: Article) -> int:
    """As the clusterer orders versions: its time of update in milliseconds, 0 where it says none."""
    return max(0, int(article.updated_at.timestamp() * 1000)) if article.updated_at else 0


def _key(article: Article) -> bytes:
    """Half of the id is enough to tell articles apart."""
    return bytes.fromhex(article.article_id)[:16]
