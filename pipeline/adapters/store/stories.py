"""Reads stories: their members, their lineage, which story an article is in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from redis import Redis

from groundswell.record import Reason, Status
from pipeline.adapters.store.client import as_bytes, as_text
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.members import decode_member
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot
from pipeline.settings import RedisSettings

REASON = b"reason:"


class StoryReader:
    """Reads the stories of one edition."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._keys = Keys(settings.edition)

    def snapshot(self, story_id: str) -> StorySnapshot | None:
        """One revision, read atomically; None where the id is unknown (or long expired)."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.hgetall(self._keys.story(story_id))
            pipe.hgetall(self._keys.members(story_id))
            fields, members = pipe.execute()
        return whole_snapshot(story_id, fields, members)

    def published_revision(self, story_id: str) -> int:
        """The last revision that stands on the topic; 0 where none does."""
        return int(self._redis.hget(self._keys.story(story_id), "published_revision") or 0)

    def resolve(self, story_id: str) -> str:
        """Follow merges to the story that `story_id` is part of now (promise 5)."""
        for _ in range(1_000):
            target = self._redis.hget(self._keys.story(story_id), "merged_into")
            if target is None:
                return story_id
            story_id = as_text(target)
        raise ValueError(f"aliases of story {story_id} form a loop")

    def article_ids(self, story_id: str) -> list[str]:
        """Of the articles of a story, in whatever form a release keeps these."""
        return [as_text(each) for each in self._redis.hkeys(self._keys.members(story_id))]

    def hidden(self, story_ids: Sequence[str]) -> list[str]:
        """Those of the stories that a desk has hidden, live or ended."""
        with self._redis.pipeline(transaction=False) as pipe:
            for each in story_ids:
                pipe.hget(self._keys.story(each), "hidden")
            return [each for each, marked in zip(story_ids, pipe.execute(), strict=True) if marked is not None]

    def live_ids(self) -> list[str]:
        """Ids of the live stories, sorted."""
        return sorted(as_text(each) for each in self._redis.hkeys(self._keys.live))

    def all_ids(self) -> Iterator[str]:
        """Ids of all stories that are still known, live or not."""
        prefix = self._keys.story("")
        for key in self._redis.scan_iter(match=f"{prefix}*", count=1_000):
            story_id = as_text(key).removeprefix(prefix)
            if ":" not in story_id:
                yield story_id

    def history(self, story_id: str) -> list[bytes]:
        """Summaries of the published revisions as JSON, oldest first."""
        return [as_bytes(each) for each in self._redis.lrange(self._keys.history(story_id), 0, -1)]


def whole_snapshot(
    story_id: str, fields: Mapping[bytes, bytes], members: Mapping[bytes, bytes]
) -> StorySnapshot | None:
    """From the story's hash and that of all its members; None where there is no such story."""
    if b"revision" not in fields:
        return None
    articles = (decode_member(as_text(article_id), member) for article_id, member in members.items())
    return snapshot_of(story_id, fields, tuple(articles))


def snapshot_of(
    story_id: str, fields: Mapping[bytes, bytes], articles: Collection[StoredArticle]
) -> StorySnapshot:
    """What the fields of a story and its members say."""

    def text(name: bytes) -> str | None:
        return fields[name].decode() if name in fields else None

    return StorySnapshot(
        story_id=story_id,
        revision=int(fields[b"revision"]),
        status=Status(fields[b"status"].decode()),
        merged_into=text(b"merged_into"),
        absorbed=tuple((text(b"absorbed") or "").split()),
        split_from=text(b"split_from"),
        reasons=_reasons(fields),
        updated_at=_time(fields[b"updated_at"]),
        cohesion=float(fields.get(b"cohesion", b"1")),
        related=tuple((text(b"related") or "").split()),
        topics=_topics(text(b"topics") or ""),
        vector=fields.get(b"vector", b""),
        encoder=text(b"encoder") or "",
        hidden=b"hidden" in fields,
        previous_title_article_id=text(b"title_article_id"),
        articles=articles,
    )


def _topics(packed: str) -> tuple[tuple[str, float], ...]:
    """What `commit.pack_topics` wrote."""
    pairs = (each.partition("=") for each in packed.split())
    return tuple((code, float(confidence)) for code, _, confidence in pairs)


def _reasons(fields: Mapping[bytes, bytes]) -> tuple[Reason, ...]:
    """Reasons since the revision published last, in the order of the enum."""
    published = int(fields.get(b"published_revision", b"0"))
    pending = {
        name.removeprefix(REASON).decode()
        for name, revision in fields.items()
        if name.startswith(REASON) and int(revision) > published
    }
    return tuple(reason for reason in Reason if reason.value in pending)


def _time(milliseconds: bytes) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
