"""Stories that change all the time, and how steadily their records come out."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from pipeline.adapters.store.keys import Keys, shard_of
from pipeline.domain.encoder.protocol import Encoder
from tests.support.drive import cluster_all, clusterer
from tests.support.samples import article
from tests.support.waiting import eventually
from tests.support.world import World

WORDS = ("Flood", "Election", "Chess final", "Volcano", "Strike", "Eclipse", "Harvest", "Merger")
PAUSE_S = 0.1


class ChangingStories:
    """A context manager: meanwhile every live story gets a new revision ten times a second."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._redis: Redis = world.redis
        self._keys = Keys(world.settings.redis.edition)
        self._shards = world.settings.publisher.shards
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._change, daemon=True)
        self.ids = world.stories.live_ids()

    def published(self) -> dict[str, int]:
        """The revision of each story that its publisher acknowledged last."""
        said = {each: self._redis.hget(self._keys.story(each), "published_revision") for each in self.ids}
        return {each: int(revision or 0) for each, revision in said.items()}

    def await_flow(self, timeout_s: float = 60) -> float:
        """Until each story has come out again; how many seconds that took."""
        start, before = time.monotonic(), self.published()
        eventually(
            lambda: all(now > before[each] for each, now in self.published().items()),
            timeout_s=timeout_s, what="every story came out again",
        )  # fmt: skip
        return time.monotonic() - start

    def longest_pause(self, seconds: float) -> float:
        """Watch for this long; the longest time for which some story did not come out."""
        end = time.monotonic() + seconds
        since = dict.fromkeys(self.ids, time.monotonic())
        before, longest = self.published(), 0.0
        while (now := time.monotonic()) < end:
            for story_id, revision in self.published().items():
                longest = max(longest, now - since[story_id])
                if revision > before[story_id]:
                    before[story_id], since[story_id] = revision, now
            time.sleep(PAUSE_S / 2)
        return longest

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _change(self) -> None:
        while not self._over.wait(PAUSE_S):
            with contextlib.suppress(RedisError, OSError):
                for each in self.ids:
                    revision = self._redis.hincrby(self._keys.story(each), "revision", 1)
                    self._redis.hset(self._keys.story(each), "reason:coverage", str(revision))
                    outbox = self._keys.outbox(shard_of(each, self._shards))
                    self._redis.zadd(outbox, {each: int(time.time() * 1000)}, nx=True)


@contextlib.contextmanager
def changing_stories(world: World, encoder: Encoder) -> Iterator[ChangingStories]:
    """One story of each word, in as many shards as they fall into."""
    lines = [
        article(number, title=f"Event {number} of its own: {word}", text=f"{word} happened.")
        for number, word in enumerate(WORDS)
    ]
    world.send(lines)
    with clusterer(world.settings, encoder) as one:
        cluster_all(world, [one], len(lines))
    with ChangingStories(world) as changing:
        yield changing
