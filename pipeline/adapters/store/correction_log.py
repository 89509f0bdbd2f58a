"""What desks corrected: who, what, why, and what it says of pairs of articles.

An entry is written with the correction's commit, once with each story and once in the edition's log. It tells the
articles themselves, a few of each side, because it outlives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from redis import Redis

from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.keys import Keys
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.json_codec import from_json, to_json
from pipeline.settings import RedisSettings

_AT_ONCE = 500


@dataclass(frozen=True)
class Judgement:
    """Each article of one side and each of the other are about the same event, or are not."""

    same_event: bool
    one: list[str]
    other: list[str]


@dataclass(frozen=True)
class Origin:
    """Where and when a correction was made first: no two have the same."""

    edition: str
    number: int
    """Of its commit there, which is also the time in milliseconds since the epoch."""


@dataclass(frozen=True)
class CorrectionEntry:
    """One correction."""

    action: str
    by: str
    reason: str
    story_ids: list[str]
    article_ids: list[str]
    """Those that the desk named."""
    judgements: list[Judgement] = field(default_factory=list)
    articles: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Those of the judgements, by id."""
    origin: Origin | None = None
    """Of one that was carried over from another edition."""

    def encode(self) -> bytes:
        """As the store keeps it."""
        return to_json(asdict(self))

    def summary(self) -> dict[str, Any]:
        """Who, what and why."""
        names = ("action", "by", "reason", "story_ids", "article_ids")
        said = {name: getattr(self, name) for name in names}
        return said if self.origin is None else {**said, "carried_from": self.origin.edition}


@dataclass(frozen=True)
class Corrected:
    """A correction that was made."""

    entry: CorrectionEntry
    first: Origin
    """Where and when a desk made it, be it in another edition."""

    @property
    def at(self) -> datetime:
        """When a desk made it."""
        return datetime.fromtimestamp(self.first.number / 1000, UTC)


def told(articles: Iterable[StoredArticle]) -> dict[str, dict[str, Any]]:
    """What an entry says of articles."""
    return {
        each.article_id: {
            "article_id": each.article_id,
            "url": each.url,
            "title": each.title,
            "source": each.source,
            "language": each.language,
            "published_at": each.published_at.isoformat() if each.published_at else None,
        }
        for each in articles
    }


class CorrectionLog:
    """The corrections of one edition."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._keys = Keys(settings.edition)

    def all(self) -> Iterator[Corrected]:
        """Those that are remembered, oldest first."""
        return self._read(self._keys.corrections)

    def of_story(self, story_id: str) -> Iterator[Corrected]:
        """Those of a story, oldest first."""
        return self._read(self._keys.corrections_of(story_id))

    def _read(self, key: str) -> Iterator[Corrected]:
        start = "-"
        while True:
            found: Any = self._redis.xrange(key, min=start, count=_AT_ONCE)
            for number, fields in found:
                yield self._corrected(as_text(number), fields[b"entry"])
            if len(found) < _AT_ONCE:
                return
            start = f"({as_text(found[-1][0])}"

    def _corrected(self, number: str, entry: bytes) -> Corrected:
        fields = from_json(entry)
        fields["judgements"] = [Judgement(**each) for each in fields["judgements"]]
        if fields.get("origin"):
            fields["origin"] = Origin(**fields["origin"])
        made = CorrectionEntry(**fields)
        return Corrected(made, made.origin or Origin(self._keys.edition, int(number.partition("-")[0])))
