"""Brings the store and the topic of stories together again, story by story (promise 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence, Set
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from redis import Redis

from groundswell.record import Status
from pipeline.adapters.store.articles import ArticleReader
from pipeline.adapters.store.client import as_text
from pipeline.adapters.store.edition import AnotherIdentityError
from pipeline.adapters.store.keys import Keys, shard_of
from pipeline.adapters.store.scripts import load_script
from pipeline.adapters.store.stories import StoryReader
from pipeline.settings import RedisSettings


@dataclass(frozen=True)
class Published:
    """What the last record of a story on the topic says."""

    story_id: str
    revision: int
    status: Status
    merged_into: str | None
    article_ids: tuple[str, ...]
    """Those that it lists."""
    hidden: bool = False
    """A desk hid it."""


class Stage(IntEnum):
    """How far a shard has come after Redis was started again."""

    NEW = 0
    """Nothing may be published: a state that is older than what the topic has could be."""
    RAISED = 1
    """What the store has stands above what the topic has."""
    SETTLED = 2
    """And what it has no more is put to rest."""


class Settled(StrEnum):
    """What became of a story."""

    AGREES = "agrees"
    """The store has it as it was published, or a newer revision that waits in the outbox."""
    RESTORED = "restored"
    """The store has an older state, or the topic an older record or none: what the store has is published again,
    above the lost revision."""
    MERGED = "merged"
    """There is no such story any more; most of its articles are in another one."""
    CLOSED = "closed"
    """There is no such story any more, nor a place where its articles are."""


class Settlement:
    """Settles the stories of one edition."""

    def __init__(self, redis: Redis, settings: RedisSettings, shards: int) -> None:
        self._redis = redis
        self._keys = Keys(settings.edition)
        self._articles = ArticleReader(redis, settings)
        self._stories = StoryReader(redis, settings)
        self._shards = shards
        self._retention_s = int(settings.retention_s)
        self._script = load_script(redis, "settle")
        self._resend = load_script(redis, "resend")

    def reached(self, shards: Sequence[int], occasion: str) -> list[Stage]:
        """How far each of the shards came on this occasion, which says all that a comparison is made anew for."""
        if not shards:
            return []
        noted = self._redis.hmget(self._keys.settled, [str(each) for each in shards])
        told = [as_text(each or b"").rpartition(" ") for each in noted]
        return [Stage(int(stage)) if about == occasion else Stage.NEW for about, _, stage in told]

    def note(self, shards: Iterable[int], occasion: str, stage: Stage) -> None:
        """These shards have come so far."""
        self._redis.hset(self._keys.settled, mapping={str(each): f"{occasion} {stage}" for each in shards})

    def doubtful(self, published: Sequence[Published], known: Set[str]) -> list[Published]:
        """Those that the store may not agree with; `known` are the ids of all stories on the topic."""
        with self._redis.pipeline(transaction=False) as pipe:
            for each in published:
                pipe.hmget(self._keys.story(each.story_id), ["revision", "published_revision"])
                pipe.hget(self._keys.story(each.merged_into or each.story_id), "revision")
            answers = pipe.execute()
        doubted = []
        for each, (revision, said), target in zip(published, answers[::2], answers[1::2], strict=True):
            if revision is None:
                dangling = each.status is Status.MERGED and target is None and each.merged_into not in known
                doubtful = each.status is Status.ACTIVE or dangling
            else:
                # Below it the store has lost something, above it the topic has.
                doubtful = int(said or 0) != each.revision or int(revision) < each.revision
            if doubtful:
                doubted.append(each)
        return doubted

    def settle(self, published: Published, *, bury: bool = True) -> Settled:
        """Make the store answer for this story: its next record tells subscribers what is so now.

        Without `bury` only where the store has the story. Raises AnotherIdentityError where the edition has
        another number of shards by now.
        """
        heir = self._heir(published) if bury else ""
        arguments: list[str | int] = [
            published.story_id, published.revision, int(bury), heir, self._shards, self._retention_s
        ]  # fmt: skip
        settled = as_text(self._script(keys=[self._keys.prefix], args=arguments))
        if settled == "another":
            raise self._other_shards()
        return Settled(settled)

    def live_ids(self, shards: Container[int]) -> list[str]:
        """The live stories of these shards."""
        return [each for each in self._stories.live_ids() if shard_of(each, self._shards) in shards]

    def resend(self, story_ids: Sequence[str], least_members: int) -> int:
        """Have the publisher look at these live stories, of which the topic has no record. Returns how many of
        them had one; of the others those with too few members are left alone.

        Raises AnotherIdentityError as `settle` does.
        """
        again = int(self._resend(keys=[self._keys.prefix], args=[self._shards, least_members, *story_ids]))
        if again < 0:
            raise self._other_shards()
        return again

    def _other_shards(self) -> AnotherIdentityError:
        return AnotherIdentityError(
            f"edition {self._keys.edition} does not have the {self._shards} of publisher.shards any more: "
            "give this process the number that `groundswell edition show` tells"
        )

    def _heir(self, published: Published) -> str:
        """The story that most of the articles are in now; '' where none is known."""
        standings = self._articles.standings(published.article_ids)
        stories = Counter(each.story_id for each in standings.values() if each.story_id)
        return self._stories.resolve(stories.most_common(1)[0][0]) if stories else ""
