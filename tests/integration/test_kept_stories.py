"""A publisher's reading of large stories on a real Redis: the same as reading all members, and much less."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from redis import Redis

from pipeline.adapters.store.commit import Batch, Committed, Committer
from pipeline.adapters.store.kept_stories import KeptStories
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.server import ServerGuard
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.types import (
    Assignment,
    Changes,
    Correction,
    Merge,
    Split,
    StoryHints,
    Verdict,
    Withdrawal,
)
from pipeline.domain.story.roll import Roll
from pipeline.domain.story.snapshot import StoredArticle, StorySnapshot
from pipeline.settings import RedisSettings
from tests.support.editions import a_clusterer
from tests.unit.story.made import Directory

SETTINGS = RedisSettings(edition="kept-test")
KEYS = Keys("kept-test")
NOW = datetime(2025, 3, 3, 10, tzinfo=UTC)
LOGGED = 4
OUTLETS = Directory()


class Server:
    """A Redis that is what it was as long as nobody says otherwise."""

    incarnation = "one"


class Edition:
    """An edition, and who writes and reads it."""

    def __init__(self, redis: Redis, most_members: int = 1_000) -> None:
        self.redis, self.server, self.seen, self.made = redis, Server(), 0, 0
        self.committer = Committer(redis, SETTINGS, a_clusterer())
        self.whole = StoryReader(redis, SETTINGS)
        self.kept = KeptStories(redis, SETTINGS, cast(ServerGuard, self.server), OUTLETS, most_members)
        self.reads: list[int | None] = []
        """Members that each reading brought; None: all."""
        script = self.kept._script

        def counted(**asked: Any) -> list[object]:
            answer = cast(list[object], script(**asked))
            self.reads.append(len(cast(list[bytes], answer[3])) // 2 if answer[2] else None)
            return answer

        self.kept._script = counted  # type: ignore[assignment]

    def commit(self, changes: Changes, articles: dict[str, StoredArticle] | None = None) -> None:
        batch = Batch(self.seen, changes, articles=articles or {})
        outcome = self.committer.commit(batch)
        assert isinstance(outcome, Committed), outcome
        self.seen = outcome.sequence

    def join(self, story_id: str, count: int = 1) -> None:
        names = [f"a{self.made + number}" for number in range(count)]
        self.made += count
        assigned = [Assignment(name, story_id, Verdict.JOINED) for name in names]
        changes = Changes(assignments=assigned, states={story_id: b"x"}, hints={story_id: StoryHints(0.5)})
        self.commit(changes, {name: member(name) for name in names})

    def agree(self, story_id: str) -> StorySnapshot:
        """Both readings of this story, which must be one."""
        whole, kept = self.whole.snapshot(story_id), self.kept.snapshot(story_id)
        assert whole is not None
        assert kept is not None
        fresh = Roll(OUTLETS, whole.articles)
        assert list(kept.articles) == list(fresh)
        assert replace(kept, articles=()) == replace(whole, articles=())
        return kept


def member(name: str, title: str = "a title") -> StoredArticle:
    return StoredArticle(name, None, title, "lead", "example.org", None, "en", NOW, NOW, None)


@pytest.fixture
def edition(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Edition:
    for module in ("commit", "kept_stories"):
        monkeypatch.setattr(f"pipeline.adapters.store.{module}.LOGGED_MEMBERS", LOGGED)
    return Edition(redis)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_to_stories_and_whenever_they_are_read_both_readings_agree(
    edition: Edition, seed: int
) -> None:
    dice = random.Random(seed)
    where: dict[str, str] = {}
    for step in range(40):
        stories = sorted(set(where.values()) | {"s", "t"})
        one, other = dice.sample(stories, 2)
        there = sorted(name for name, story in where.items() if story == one)
        match dice.choice(["join", "join", "join", "correct", "withdraw", "merge", "split"]):
            case "join":
                first = edition.made
                edition.join(one, dice.randrange(1, 5))
                where |= {f"a{number}": one for number in range(first, edition.made)}
            case "correct" if there:
                to = dice.choice([one, other])
                name = dice.choice(there)
                changes = Changes(corrections=[Correction(name, one, to)])
                edition.commit(changes, {name: member(name, f"title {step}")})
                where[name] = to
            case "withdraw" if there:
                name = dice.choice(there)
                edition.commit(Changes(withdrawals=[Withdrawal(name, one)]))
                del where[name]
            case "merge" if there and other in where.values():
                edition.commit(Changes(merges=[Merge(other, one)]))
                where = {name: other if story == one else story for name, story in where.items()}
            case "split" if len(there) > 1:
                moved = tuple(there[::2])
                edition.commit(Changes(splits=[Split(one, f"n{step}", moved)]))
                where |= dict.fromkeys(moved, f"n{step}")
        for story_id in {*where.values()}:
            if dice.random() < 0.6:
                edition.agree(story_id)
    assert any(each for each in edition.reads), "something was read as a change"
    assert None in edition.reads


def test_of_a_large_story_only_what_changed_since_it_was_read_is_read_again(edition: Edition) -> None:
    edition.join("s", 50)
    for _ in range(3):
        edition.agree("s")
        edition.join("s")
        edition.join("s", 2)
    edition.agree("s")
    assert edition.reads == [None, 3, 3, 3]


def test_a_change_that_stands_in_no_log_is_not_missed(edition: Edition) -> None:
    edition.join("s", 5)
    edition.agree("s")
    held = edition.agree("s")
    # A clusterer of an earlier release, which keeps no log, and then one of ours.
    edition.redis.hdel(KEYS.members("s"), "a0")
    edition.redis.hset(KEYS.story("s"), "revision", held.revision + 1)
    assert len(edition.agree("s").articles) == 4
    edition.redis.hdel(KEYS.members("s"), "a1")
    edition.redis.hset(KEYS.story("s"), "revision", held.revision + 2)
    edition.join("s")
    assert len(edition.agree("s").articles) == 4
    assert edition.reads == [None, 0, None, None]


def test_a_story_that_has_not_as_many_members_as_its_log_says_is_read_whole(edition: Edition) -> None:
    edition.join("s", 6)
    edition.agree("s")
    edition.redis.hdel(KEYS.members("s"), "a0")
    edition.join("s")
    edition.agree("s")
    assert edition.reads == [None, 1, None]


def test_after_redis_was_started_again_all_is_read_again(edition: Edition) -> None:
    edition.join("s", 5)
    edition.agree("s")
    edition.server.incarnation = "another"
    edition.agree("s")
    assert edition.reads == [None, None]


def test_at_most_so_many_members_are_kept_and_the_story_read_last_stays(redis: Redis, edition: Edition) -> None:
    edition.kept._most_members = 12
    for story_id in "stu":
        edition.join(story_id, 6)
    for story_id in "sttu":
        edition.agree(story_id)
    assert edition.kept.kept_members == 12
    edition.agree("t")
    edition.agree("s")
    assert edition.reads == [None, None, 0, None, 0, None]


def test_the_log_of_a_story_ends_with_it_and_holds_a_bounded_number_of_revisions(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.adapters.store.commit.LOGGED_REVISIONS", 10)
    edition.join("s", 5)
    for _ in range(250):
        edition.join("s")
    assert edition.redis.xlen(KEYS.log("s")) < 150, "Redis cuts by the hundred"
    edition.commit(Changes(closed=["s"]))
    assert 0 < edition.redis.ttl(KEYS.log("s")) == edition.redis.ttl(KEYS.story("s"))


def test_a_revision_that_changes_very_many_members_stands_in_no_log(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.adapters.store.commit.LOGGED_CHANGES", 3)
    edition.join("s", 3)
    edition.join("s")
    edition.agree("s")
    edition.join("s", 4)
    assert not edition.redis.exists(KEYS.log("s"))
    edition.agree("s")
    edition.join("s")
    assert len(edition.agree("s").articles) == 9
    assert edition.reads == [None, None, None]
