"""What one revision costs a publisher, for stories of several sizes: `python -m benchmarks.publish`."""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from redis import Redis

from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.commit import Batch, Committed, Committer
from pipeline.adapters.store.kept_stories import KeptStories
from pipeline.adapters.store.keys import shard_of
from pipeline.adapters.store.server import ServerGuard
from pipeline.domain.clustering.types import Assignment, Changes, StoryHints, Verdict
from pipeline.domain.edition import ClustererIdentity
from pipeline.domain.story.build import build_record
from pipeline.domain.story.shortening import fitted
from pipeline.json_codec import to_json
from pipeline.quality.bench.machine import Machine, resident_bytes, this_machine
from pipeline.runtime.cli.bench_tables import show
from pipeline.runtime.embedded import EmbeddedRedis
from pipeline.settings import PublisherSettings, RedisSettings, TopicSettings
from pipeline.testing.snapshots import MadeOutlets, story

SIZES = (5, 50, 500, 5_000, 20_000)
AT_ONCE = 500
"""Members in one commit while stories are filled."""
SHARED_STORIES = 10_000
SHARES = (2, 8, 16, 64)
"""Shards of the outbox between two publishers."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class PublishOptions:
    """What is measured."""

    members: list[int] = field(default_factory=lambda: list(SIZES))
    revisions: int = 15
    """Of each story, one new member each."""


@dataclass(frozen=True)
class PublishRow:
    """A revision of a story of this size, read as it is published and with all members read anew."""

    members: int
    ms: float
    """Processor time of reading, building and writing it."""
    bytes_read: int
    """From Redis."""
    whole_ms: float
    whole_bytes_read: int


@dataclass(frozen=True)
class ShareRow:
    """How evenly stories that change equally often are split between two publishers."""

    shards: int
    larger_share: float
    """1/2 would be even."""


@dataclass(frozen=True)
class PublishReport:
    """What a revision costs, and what the kept members take."""

    machine: Machine
    options: PublishOptions
    rows: list[PublishRow]
    kb_per_kept_member: float
    shares: list[ShareRow]


def bench_publish(options: PublishOptions, tell: Tell) -> PublishReport:
    """Stories take turns, and so do both ways to read each of them."""
    machine = this_machine()
    with EmbeddedRedis() as embedded:
        edition = _Edition(RedisSettings(url=embedded.url, edition="bench", must_persist=False))
        for size in options.members:
            tell(f"a story of {size} members")
            edition.fill(size, options.revisions)
        before = resident_bytes()
        edition.read_all()
        kept_kb = (resident_bytes() - before) / 1_024 / max(edition.kept.kept_members, 1)
        rows = edition.measure(options, tell)
    return PublishReport(machine, options, rows, round(kept_kb, 2), [_shares(each) for each in SHARES])


class _Edition:
    """A store of some large stories, who adds to them and who reads them."""

    def __init__(self, settings: RedisSettings) -> None:
        self._redis: Redis = make_redis(settings)
        self._committer = Committer(self._redis, settings, _identity(settings))
        server = ServerGuard(self._redis, settings)
        self._committer.start()
        server.confirm()
        self._seen = 0
        self._stories: dict[int, list[Batch]] = {}
        """Revisions still to come, by the size of the story."""
        self.kept = KeptStories(self._redis, settings, server, MadeOutlets(), most_members=10**9)
        self._whole = KeptStories(self._redis, settings, server, MadeOutlets(), most_members=0)

    def fill(self, size: int, revisions: int) -> None:
        batches = _batches(size, revisions)
        for each in batches[:-revisions]:
            self._commit(each)
        self._stories[size] = batches[-revisions:]

    def read_all(self) -> None:
        for size in self._stories:
            self.kept.snapshot(str(size))
        gc.collect()

    def measure(self, options: PublishOptions, tell: Tell) -> list[PublishRow]:
        spent: dict[int, list[tuple[float, int, float, int]]] = {size: [] for size in options.members}
        for number in range(options.revisions):
            tell(f"revision {number + 1} of each")
            for size in options.members:
                self._commit(self._stories[size][number])
                spent[size].append((*self._publish(self.kept, size), *self._publish(self._whole, size)))
        return [
            PublishRow(size, round(ms, 1), int(read), round(whole_ms, 1), int(whole_read))
            for size, each in spent.items()
            for ms, read, whole_ms, whole_read in (map(median, zip(*each, strict=True)),)
        ]

    def _publish(self, stories: KeptStories, size: int) -> tuple[float, int]:
        """Milliseconds of processor time, and bytes read."""
        limits, topic = PublisherSettings(), TopicSettings()
        read, worked = self._sent_bytes(), time.process_time()
        snapshot = stories.snapshot(str(size))
        assert snapshot is not None
        record = build_record(snapshot, MadeOutlets(), max_articles=limits.max_articles)
        to_json(fitted(record, topic.max_message_bytes).model_dump(mode="json"))
        spent = time.process_time() - worked
        return 1_000 * spent, self._sent_bytes() - read - self._asking

    @property
    def _asking(self) -> int:
        """Bytes that the question itself has answered."""
        first, second = self._sent_bytes(), self._sent_bytes()
        return second - first

    def _sent_bytes(self) -> int:
        return int(self._redis.info("stats")["total_net_output_bytes"])

    def _commit(self, batch: Batch) -> None:
        outcome = self._committer.commit(Batch(self._seen, batch.changes, articles=batch.articles))
        assert isinstance(outcome, Committed), outcome
        self._seen = outcome.sequence


def _batches(size: int, revisions: int) -> list[Batch]:
    """Many members a batch until the story has its size, then one a batch."""
    articles = story(size + revisions).articles
    every = {each.article_id: each for each in articles}
    names = list(every)
    starts = [*range(0, size, AT_ONCE), *range(size, size + revisions)]
    parts = [names[start:end] for start, end in zip(starts, [*starts[1:], len(names)], strict=True)]
    story_id = str(size)
    return [
        Batch(
            0,
            Changes(
                assignments=[Assignment(name, story_id, Verdict.JOINED, every[name].reprint_of) for name in part],
                states={story_id: b""},
                hints={story_id: StoryHints(0.8)},
            ),
            articles={name: every[name] for name in part},
        )
        for part in parts
    ]


def _identity(settings: RedisSettings) -> ClustererIdentity:
    return ClustererIdentity(
        encoder="none", encoder_digest=None, state_version=0, join_model="none", shards=1,
        retention_s=settings.retention_s, group="bench", articles="articles", dead_letters="letters",
        dead_letters_id=None, quiet_time_s=timedelta(days=5).total_seconds(), quiet_articles=200_000,
        max_text_chars=0, lead_chars=0,
    )  # fmt: skip


def _shares(shards: int) -> ShareRow:
    first = sum(shard_of(f"story {number}", shards) < shards / 2 for number in range(SHARED_STORIES))
    return ShareRow(shards, round(max(first, SHARED_STORIES - first) / SHARED_STORIES, 3))


def main() -> None:
    """Print the report; progress goes to stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, nargs="+", default=list(SIZES), help="of each story")
    parser.add_argument("--revisions", type=int, default=15, help="of each story, one new member each")
    parser.add_argument("--json", action="store_true", help="one object on one line")
    given = parser.parse_args()
    options = PublishOptions(given.members, given.revisions)
    show("publish", bench_publish(options, lambda said: print(said, file=sys.stderr)), as_json=given.json)


if __name__ == "__main__":
    main()
