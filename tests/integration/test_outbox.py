"""The outbox on a real Redis: since when a story waits, in which part, and how long a lease holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from redis import Redis

from pipeline.adapters.store.commit import Batch, Committed, Committer
from pipeline.adapters.store.keys import Keys, shard_of
from pipeline.adapters.store.outbox import HISTORY_REVISIONS, Lease, Outbox
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.types import Assignment, Changes, StoryHints, Verdict
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.settings import RedisSettings
from pipeline.testing.clock import Clock
from tests.support.editions import a_clusterer
from tests.support.waiting import eventually

SETTINGS = RedisSettings(edition="outbox-test")
KEYS = Keys("outbox-test")
NOW = datetime(2025, 3, 3, 10, tzinfo=UTC)


class Edition:
    """An edition whose outbox has this many parts."""

    def __init__(self, redis: Redis, shards: int) -> None:
        self.committer = Committer(redis, SETTINGS, a_clusterer(shards=shards))
        self.outbox = Outbox(redis, SETTINGS)
        self.stories = StoryReader(redis, SETTINGS)
        self.redis = redis
        self.seen = 0

    def join(self, article_id: str, story_id: str) -> None:
        """One more article of this story."""
        changes = Changes(
            assignments=[Assignment(article_id, story_id, Verdict.JOINED)],
            states={story_id: b"state"}, hints={story_id: StoryHints(1.0)},
        )  # fmt: skip
        member = StoredArticle(article_id, None, "title", "", "example.org", None, "en", NOW, NOW, None)
        outcome = self.committer.commit(Batch(self.seen, changes, articles={article_id: member}))
        assert isinstance(outcome, Committed)
        self.seen = outcome.sequence

    def revision(self, story_id: str) -> int:
        snapshot = self.stories.snapshot(story_id)
        assert snapshot is not None
        return snapshot.revision

    def waits_since(self, story_id: str, moved_back_ms: int = 0) -> int:
        """When the story's wait began (ms); it is moved back first, as if so much time had passed."""
        if moved_back_ms:
            self.redis.zincrby(KEYS.outbox(0), -moved_back_ms, story_id)
        since = self.redis.zscore(KEYS.outbox(0), story_id)
        assert since is not None
        return int(since)


@pytest.fixture
def edition(redis: Redis) -> Callable[..., Edition]:
    return lambda shards=1: Edition(redis, shards)


def test_a_story_waits_since_its_oldest_unpublished_change_however_often_it_changes_again(
    edition: Callable[..., Edition],
) -> None:
    one = edition()
    one.join("a", "s")
    since = one.waits_since("s", moved_back_ms=60_000)
    for article_id in "bc":
        one.join(article_id, "s")
        assert one.waits_since("s") == since
    (pending,) = one.outbox.pending(0, 10)
    assert 60.0 <= pending.waiting_s < 90.0


def test_a_story_that_changed_after_the_published_revision_waits_anew_from_then_on(
    edition: Callable[..., Edition],
) -> None:
    one = edition()
    one.join("a", "s")
    revision = one.revision("s")
    one.join("b", "s")
    one.waits_since("s", moved_back_ms=60_000)
    one.outbox.acknowledge(0, "s", revision, title_article_id="a", summary=b"{}")
    (pending,) = one.outbox.pending(0, 10)
    assert 0.0 <= pending.waiting_s < 30.0


def test_stories_come_longest_waiting_first_and_no_more_than_asked_for(edition: Callable[..., Edition]) -> None:
    one = edition()
    for minutes, story_id in enumerate("stu"):
        one.join(f"a{story_id}", story_id)
        one.waits_since(story_id, moved_back_ms=60_000 * (minutes + 1))
    assert [each.story_id for each in one.outbox.pending(0, 10)] == ["u", "t", "s"]
    assert [each.story_id for each in one.outbox.pending(0, 2)] == ["u", "t"]


def test_the_age_of_the_last_record_counts_from_its_publication_in_seconds(
    edition: Callable[..., Edition],
) -> None:
    one = edition()
    one.join("a", "s")
    (never,) = one.outbox.pending(0, 10)
    assert never.published_age_s is None
    one.outbox.acknowledge(0, "s", one.revision("s"), title_article_id="a", summary=b"{}")
    one.redis.hincrby(KEYS.story("s"), "published_at", -60_000)
    one.join("b", "s")
    (again,) = one.outbox.pending(0, 10)
    assert again.published_age_s is not None
    assert 60.0 <= again.published_age_s < 90.0


def test_a_story_whose_first_record_is_on_its_way_counts_as_published_long_ago_until_it_is_acknowledged(
    edition: Callable[..., Edition],
) -> None:
    one = edition()
    one.join("a", "s")
    one.outbox.reveal(["s", "expired"])
    (pending,) = one.outbox.pending(0, 10)
    assert pending.published_age_s is not None
    assert pending.published_age_s > 1e9
    assert one.stories.published_revision("s") == 0
    assert not one.redis.exists(KEYS.story("expired"))
    one.outbox.acknowledge(0, "s", one.revision("s"), title_article_id="a", summary=b"{}")
    one.join("b", "s")
    one.outbox.reveal(["s"])
    (again,) = one.outbox.pending(0, 10)
    assert again.published_age_s is not None
    assert again.published_age_s < 30.0


def test_a_story_is_in_the_part_of_the_outbox_that_its_id_hashes_to(edition: Callable[..., Edition]) -> None:
    shards = 5
    one = edition(shards)
    story_ids = [f"story{number}" for number in range(40)]
    for story_id in story_ids:
        one.join(f"article of {story_id}", story_id)
    for shard in range(shards):
        expected = {each for each in story_ids if shard_of(each, shards) == shard}
        assert expected, "forty stories reach each part"
        assert {each.story_id for each in one.outbox.pending(shard, 100)} == expected
        assert one.outbox.size(shard) == len(expected)


def test_the_part_of_a_story_is_the_same_in_every_version() -> None:
    assert [shard_of(each, 7) for each in ("s", "story", "0123456789abcdef0123", "")] == [6, 4, 5, 4]


def test_a_revision_that_is_held_back_leaves_the_outbox_and_counts_as_unpublished(
    edition: Callable[..., Edition],
) -> None:
    one = edition()
    one.join("a", "s")
    one.outbox.hold_back(0, "s", one.revision("s"))
    assert one.outbox.size(0) == 0
    assert one.stories.published_revision("s") == 0
    assert one.stories.history("s") == []
    one.join("b", "s")
    assert one.outbox.size(0) == 1, "the next change brings it up again"


def test_a_forgotten_story_leaves_the_outbox(edition: Callable[..., Edition]) -> None:
    one = edition()
    one.join("a", "s")
    one.outbox.forget(0, "s")
    assert one.outbox.size(0) == 0


def test_the_history_keeps_the_latest_revisions_and_no_more(edition: Callable[..., Edition]) -> None:
    one = edition()
    for number in range(HISTORY_REVISIONS + 3):
        one.join(f"a{number}", "s")
        one.outbox.acknowledge(0, "s", one.revision("s"), title_article_id=None, summary=b"%d" % number)
    assert one.stories.history("s") == [b"%d" % number for number in range(3, HISTORY_REVISIONS + 3)]


def test_a_record_without_a_title_article_names_none_as_the_previous_one(edition: Callable[..., Edition]) -> None:
    one = edition(shards=1)
    one.join("a", "s")
    one.outbox.acknowledge(0, "s", one.revision("s"), title_article_id=None, summary=b"{}")
    snapshot = one.stories.snapshot("s")
    assert snapshot is not None
    assert not snapshot.previous_title_article_id


def test_a_lease_that_was_just_taken_is_renewed_at_the_first_look(redis: Redis) -> None:
    lease = Lease(redis, SETTINGS, 0, 60.0)
    assert lease.acquire()
    assert lease.keep()
    redis.delete(KEYS.lease(0))
    assert lease.keep(), "renewed a moment ago"


def test_a_lease_lasts_as_long_as_it_says_and_each_renewal_begins_it_anew(redis: Redis) -> None:
    lease = Lease(redis, SETTINGS, 3, 20.0)
    assert lease.acquire()
    assert 19_000 < redis.pttl(KEYS.lease(3)) <= 20_000
    redis.pexpire(KEYS.lease(3), 5_000)
    assert lease.renew()
    assert 19_000 < redis.pttl(KEYS.lease(3)) <= 20_000


def test_a_lease_is_kept_by_renewing_it_once_a_third_of_it_is_over(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("pipeline.adapters.store.outbox.time.monotonic", clock)
    lease = Lease(redis, SETTINGS, 3, 30.0)
    assert lease.acquire()
    assert lease.renew()
    redis.pexpire(KEYS.lease(3), 20_000)
    clock.now += 9.9
    assert lease.keep()
    assert redis.pttl(KEYS.lease(3)) <= 20_000, "there was no need to renew it yet"
    clock.now += 0.1
    assert lease.keep()
    assert redis.pttl(KEYS.lease(3)) > 29_000, "renewed"


def test_a_lease_that_was_lost_is_noticed_within_a_third_of_it(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("pipeline.adapters.store.outbox.time.monotonic", clock)
    lease, other = Lease(redis, SETTINGS, 3, 30.0), Lease(redis, SETTINGS, 3, 30.0)
    assert lease.acquire()
    assert lease.renew()
    redis.delete(KEYS.lease(3))
    assert other.acquire()
    clock.now += 10.0
    assert not lease.keep()
    assert other.renew(), "the new holder's lease is untouched"


def test_a_lease_that_is_not_renewed_runs_out(redis: Redis) -> None:
    lease, other = Lease(redis, SETTINGS, 3, 0.05), Lease(redis, SETTINGS, 3, 10.0)
    assert lease.acquire()
    eventually(other.acquire, what="the lease runs out")
    assert not lease.renew()
