"""The outbox: stories whose latest revision is not published yet, in shards that publishers lease."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from redis import Redis

from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.members import encode_member
from pipeline.adapters.store.scripts import load_script
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.settings import RedisSettings

HISTORY_REVISIONS = 200
"""Published revisions remembered per story."""


@dataclass(frozen=True)
class Pending:
    """A story with unpublished changes."""

    story_id: str
    waiting_s: float
    """Since its oldest unpublished change."""
    published_age_s: float | None
    """Since its last published revision; very long where one may stand on the topic of which nobody knows, None
    where none can."""


class Outbox:
    """The outbox of one edition."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._keys = Keys(settings.edition)
        self._ack = load_script(redis, "ack")
        self._reveal = load_script(redis, "reveal")

    def pending(self, shard: int, limit: int) -> list[Pending]:
        """Stories with unpublished changes, longest waiting first."""
        entries: Any = self._redis.zrange(self._keys.outbox(shard), 0, limit - 1, withscores=True)
        now = self._now_ms()
        with self._redis.pipeline(transaction=False) as pipe:
            for story_id, _ in entries:
                pipe.hget(self._keys.story(story_id.decode()), "published_at")
            published = pipe.execute()
        return [
            Pending(story_id.decode(), (now - since) / 1000, (now - int(at)) / 1000 if at else None)
            for (story_id, since), at in zip(entries, published, strict=True)
        ]

    def reveal(self, story_ids: Iterable[str]) -> None:
        """Records of these may stand on the topic from now on: to be said before the first of each is sent.

        Else a publisher that dies before it acknowledges leaves a record that nobody takes back, should the next
        revision be one that the policy would not have begun with: of a story merged, ended, hidden, or smaller.
        """
        self._reveal(keys=[self._keys.prefix], args=[*story_ids])

    def acknowledge(
        self,
        shard: int,
        story_id: str,
        revision: int,
        *,
        title_article_id: str | None,
        summary: bytes,
        shortened: Iterable[StoredArticle] = (),
    ) -> None:
        """The revision stands on the topic. Later changes stay pending.

        `shortened` take the place of these members where the story has ended and nothing is pending.
        """
        members = [part for each in shortened for part in (each.article_id, encode_member(each))]
        self._run_ack(shard, story_id, revision, True, title_article_id or "", summary, *members)

    def hold_back(self, shard: int, story_id: str, revision: int) -> None:
        """The policy doesn't publish this revision; the story's next change brings it up again.

        There is none of a story that has ended: where no revision was published, its members go.
        """
        self._run_ack(shard, story_id, revision, False, "", b"")

    def forget(self, shard: int, story_id: str) -> None:
        """The story is gone from the store; there is nothing to publish."""
        self._redis.zrem(self._keys.outbox(shard), story_id)

    def size(self, shard: int) -> int:
        """Stories pending."""
        return int(self._redis.zcard(self._keys.outbox(shard)))

    def held(self, shard: int) -> bool:
        """Whether a publisher holds it."""
        return bool(self._redis.exists(self._keys.lease(shard)))

    def _run_ack(
        self,
        shard: int,
        story_id: str,
        revision: int,
        published: bool,
        title: str,
        summary: bytes,
        *members: str | bytes,
    ) -> None:
        flag = "1" if published else ""
        arguments: list[str | int | bytes] = [shard, story_id, revision, flag, title, summary, HISTORY_REVISIONS]
        self._ack(keys=[self._keys.prefix], args=[*arguments, *members])

    def _now_ms(self) -> float:
        seconds, microseconds = self._redis.time()
        return seconds * 1000 + microseconds / 1000


class Lease:
    """The right to publish one shard, for a while.

    It only keeps publishers from working twice. What keeps a late one from publishing is the
    transactional producer of the shard, whose epoch the next holder raises.
    """

    def __init__(self, redis: Redis, settings: RedisSettings, shard: int, lease_s: float) -> None:
        self._redis = redis
        self._key = Keys(settings.edition).lease(shard)
        self._token = secrets.token_hex(8)
        self._milliseconds = int(lease_s * 1000)
        self._renew = load_script(redis, "renew")
        self._renewed_at = 0.0

    def acquire(self) -> bool:
        """True where the shard is ours now."""
        return bool(self._redis.set(self._key, self._token, nx=True, px=self._milliseconds))

    def renew(self) -> bool:
        """False where the shard was taken over meanwhile."""
        self._renewed_at = time.monotonic()
        return bool(self._renew(keys=[self._key], args=[self._token, self._milliseconds]))

    def keep(self) -> bool:
        """Renew once a third of the lease is over; to be called in the middle of long work."""
        return time.monotonic() - self._renewed_at < self._milliseconds / 3_000 or self.renew()

    def release(self) -> None:
        """Give the shard back at once."""
        self._renew(keys=[self._key], args=[self._token, 0])
