"""Where each known article stands, and in which version.

A version is a number, in milliseconds since the epoch: when the outlet last changed the article, 0 where it does
not say. The key of an article holds `STORY`, `STORY@VERSION`, or `@VERSION` for one that was withdrawn: the id
outlives the article, so that a replay of an old version does not bring it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redis import Redis

from pipeline.adapters.store.client import as_bytes, as_text
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.members import decode_member
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.settings import RedisSettings

_MARK = "@"


@dataclass(frozen=True)
class Standing:
    """What the store knows of an article."""

    story_id: str | None
    """The story that it was put into, which may be part of another by now; None where it was withdrawn."""
    version: int = 0


def version_mark(version: int) -> str:
    """What follows the story's id."""
    return f"{_MARK}{version}" if version else ""


class ArticleReader:
    """Reads what is known of articles in one edition."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._keys = Keys(settings.edition)

    def standings(self, article_ids: Sequence[str]) -> dict[str, Standing]:
        """Those of the articles that are known."""
        if not article_ids:
            return {}
        stored = self._redis.mget([self._keys.article(each) for each in article_ids])
        return {
            each: _standing(as_text(value))
            for each, value in zip(article_ids, stored, strict=True)
            if value is not None
        }

    def ids_from(self, beginning: str) -> list[str]:
        """Ids of the known articles that begin so, sorted; looks through all keys."""
        prefix = self._keys.article("")
        pattern = f"{prefix}{beginning}*"
        found = {as_text(each).removeprefix(prefix) for each in self._redis.scan_iter(match=pattern, count=1_000)}
        return sorted(found)

    def member(self, story_id: str, article_id: str) -> StoredArticle | None:
        """The article as its story holds it; None where the story has expired."""
        held = self._redis.hget(self._keys.members(story_id), article_id)
        return None if held is None else decode_member(article_id, as_bytes(held))


def _standing(stored: str) -> Standing:
    story_id, _, version = stored.partition(_MARK)
    return Standing(story_id or None, int(version or 0))
