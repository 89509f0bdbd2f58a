"""Reads the few stories that a desk corrects, each as the clustering and as subscribers know it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redis import Redis

from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.stories import whole_snapshot
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.settings import RedisSettings


@dataclass(frozen=True)
class HeldStory:
    """All that the store holds of a story."""

    state: bytes | None
    """None where it is not live."""
    snapshot: StorySnapshot | None
    """None where nothing is known of it."""


@dataclass(frozen=True)
class DeskView:
    """Some stories as of commit `sequence`."""

    sequence: int
    stories: dict[str, HeldStory]
    language_means: bytes


class DeskReader:
    """Reads of one edition."""

    def __init__(self, redis: Redis, settings: RedisSettings) -> None:
        self._redis = redis
        self._keys = Keys(settings.edition)

    def view(self, story_ids: Sequence[str]) -> DeskView:
        """These stories, read in one transaction."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(self._keys.sequence)
            pipe.get(self._keys.means)
            pipe.hmget(self._keys.live, list(story_ids))
            for each in story_ids:
                pipe.hgetall(self._keys.story(each))
                pipe.hgetall(self._keys.members(each))
            sequence, means, states, *rest = pipe.execute()
        held = zip(story_ids, states, rest[::2], rest[1::2], strict=True)
        stories = {
            each: HeldStory(state, whole_snapshot(each, fields, members)) for each, state, fields, members in held
        }
        return DeskView(int(sequence or 0), stories, means or b"")
