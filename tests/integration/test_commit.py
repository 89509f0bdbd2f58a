"""The commit script on a real Redis: its clock, its term counts, its counters, what it forgets."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from redis import Redis

from groundswell.record import Reason
from pipeline.adapters.store.commit import (
    KEPT_OF_STORY,
    Batch,
    Claim,
    Committed,
    Committer,
    DeskEntry,
    Stale,
    pack_term_counts,
    unpack_term_counts,
)
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.live_reader import Caught, LiveStoriesReader, Loaded
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering.types import (
    TERM_BUCKETS,
    Assignment,
    Changes,
    Merge,
    Move,
    Split,
    StoryHints,
    TopicGuess,
    Verdict,
)
from pipeline.domain.story.snapshot import StoredArticle
from pipeline.settings import RedisSettings
from tests.support.editions import a_clusterer

SETTINGS = RedisSettings(edition="commit-test", retention_s=5_000.0)
KEYS = Keys("commit-test")
NOW = datetime(2025, 3, 3, 10, tzinfo=UTC)
AHEAD_MS = 4_000_000_000_000
"""A day of the year 2096: no clock of a test is there."""


def stored(article_id: str, reprint_of: str | None = None) -> StoredArticle:
    return StoredArticle(
        article_id, f"https://example.org/{article_id}", f"title {article_id}", "lead", "example.org",
        "The Example", "en", NOW, NOW, reprint_of,
    )  # fmt: skip


class Edition:
    """An edition and a clusterer that knows of every commit."""

    def __init__(self, redis: Redis, *, keeps_vectors: bool = False) -> None:
        self.redis = redis
        identity = a_clusterer(encoder="the encoder")
        self.committer = Committer(redis, SETTINGS, identity, keeps_vectors=keeps_vectors)
        self.positions = Positions(redis, SETTINGS)
        self.replica = LiveStoriesReader(redis, SETTINGS)
        self.stories = StoryReader(redis, SETTINGS)
        self.seen = 0

    def commit(self, changes: Changes, *claims: Claim, **parts: Any) -> int:
        articles = {each.article_id: stored(each.article_id, each.original_id) for each in changes.assignments}
        outcome = self.committer.commit(Batch(self.seen, changes, claims, articles, **parts))
        assert isinstance(outcome, Committed), outcome
        self.seen = outcome.sequence
        return outcome.sequence

    def vector(self, story_id: str) -> bytes:
        snapshot = self.stories.snapshot(story_id)
        assert snapshot is not None
        return snapshot.vector

    def revision(self, story_id: str) -> int:
        snapshot = self.stories.snapshot(story_id)
        assert snapshot is not None
        return snapshot.revision


def joined(article_id: str, story_id: str, original_id: str | None = None, **parts: Any) -> Changes:
    """One article joins a story."""
    return made([Assignment(article_id, story_id, Verdict.JOINED, original_id)], [story_id], **parts)


def made(assignments: list[Assignment], alive: list[str], **parts: Any) -> Changes:
    states = {each: f"state of {each}".encode() for each in alive}
    hints = dict.fromkeys(alive, StoryHints(1.0))
    return Changes(assignments=assignments, states=states, hints=hints, **parts)


@pytest.fixture
def edition(redis: Redis) -> Edition:
    return Edition(redis)


def test_a_revision_is_one_more_than_the_last_where_the_clock_stands_behind_it(edition: Edition) -> None:
    edition.commit(joined("a", "s"))
    edition.redis.hset(KEYS.story("s"), "revision", AHEAD_MS)
    for article_id, revision in (("b", AHEAD_MS + 1), ("c", AHEAD_MS + 2)):
        edition.commit(joined(article_id, "s"))
        assert edition.revision("s") == revision


def test_a_commit_has_a_number_of_its_own_where_the_clock_stands_behind_the_last_one(edition: Edition) -> None:
    edition.redis.set(KEYS.sequence, AHEAD_MS)
    edition.seen = AHEAD_MS
    assert edition.commit(joined("a", "s")) == AHEAD_MS + 1
    assert edition.commit(joined("b", "s")) == AHEAD_MS + 2
    caught = edition.replica.since(AHEAD_MS + 1)
    assert isinstance(caught, Caught)
    assert caught.sequence == AHEAD_MS + 2


def test_revisions_and_commits_follow_the_clock_of_redis(edition: Edition) -> None:
    seconds, _ = edition.redis.time()
    sequence = edition.commit(joined("a", "s"))
    assert seconds * 1000 <= edition.revision("s") <= seconds * 1000 + 60_000
    assert seconds * 1000 <= sequence <= seconds * 1000 + 60_000


def test_a_story_has_one_revision_a_commit_however_many_of_its_articles_come_in_it(edition: Edition) -> None:
    edition.commit(joined("a", "s"))
    edition.redis.hset(KEYS.story("s"), "revision", AHEAD_MS)
    pair = [Assignment("b", "s", Verdict.JOINED), Assignment("c", "s", Verdict.JOINED, "a")]
    edition.commit(made(pair, ["s"]))
    assert edition.revision("s") == AHEAD_MS + 1


def test_the_delta_adds_up_what_each_commit_after_the_seen_one_counted(edition: Edition) -> None:
    edition.commit(joined("a", "s", term_counts={0: 1, 7: 1, 9: 5}))
    seen = edition.seen
    edition.commit(joined("b", "s", term_counts={0: 1, 7: 2}))
    edition.commit(joined("c", "t", term_counts={0: 1, 7: 3, TERM_BUCKETS - 1: 1}))
    caught = edition.replica.since(seen)
    assert isinstance(caught, Caught)
    assert caught.delta.term_counts == {0: 2, 7: 5, TERM_BUCKETS - 1: 1}
    assert caught.delta.term_table is None
    assert set(caught.delta.states) == {"s", "t"}


def test_a_replica_that_has_seen_everything_gets_an_empty_delta(edition: Edition) -> None:
    edition.commit(joined("a", "s", term_counts={7: 1}, language_means=b"means"))
    caught = edition.replica.since(edition.seen)
    assert isinstance(caught, Caught)
    assert (caught.delta.states, caught.delta.term_counts) == ({}, {})
    assert caught.delta.language_means == b"means"


def test_a_whole_table_in_between_replaces_all_increments_of_the_delta(edition: Edition) -> None:
    edition.commit(joined("a", "s", term_counts={7: 8}))
    seen = edition.seen
    halved = struct.pack(">I", 4).rjust(4 * 8, b"\0").ljust(4 * TERM_BUCKETS, b"\0")
    edition.commit(joined("b", "s", term_table=halved))
    edition.commit(joined("c", "s", term_counts={7: 1}))
    caught = edition.replica.since(seen)
    assert isinstance(caught, Caught)
    assert caught.delta.term_counts == {}
    assert caught.delta.term_table is not None
    assert struct.unpack_from(">I", caught.delta.term_table, 4 * 7) == (5,)


def test_increments_of_thousands_of_terms_all_arrive_in_the_table(edition: Edition) -> None:
    counts = {bucket: bucket % 5 + 1 for bucket in range(0, 6_000, 2)}
    edition.commit(joined("a", "s", term_counts=counts))
    table = edition.replica.load().snapshot.term_table
    assert len(table) == 4 * TERM_BUCKETS
    found = dict(enumerate(struct.unpack_from(">6000I", table)))
    assert {bucket: count for bucket, count in found.items() if count} == counts


def test_packed_counts_read_back_and_stop_at_their_width() -> None:
    counts = {0: 1, 70_000: 65_535, TERM_BUCKETS - 1: 2}
    assert unpack_term_counts(pack_term_counts(counts)) == counts
    assert unpack_term_counts(pack_term_counts({3: 65_536})) == {3: 65_535}


def test_the_counters_add_up_what_became_of_each_record(edition: Edition) -> None:
    edition.positions.start("articles", {0: 0})
    both = [Assignment("a", "s", Verdict.OPENED), Assignment("b", "s", Verdict.JOINED)]
    edition.commit(made(both, ["s"]), Claim("articles", 0, 0, 9), duplicates=3, dead_lettered=4)
    edition.commit(Changes(), Claim("articles", 0, 9, 10), duplicates=1)
    assert edition.positions.counters() == {
        "in": 10, "joined": 1, "opened": 1, "duplicate": 4, "dead_lettered": 4, "swept": 0,
    }  # fmt: skip
    edition.commit(Changes(), swept=True)
    assert edition.positions.counters()["swept"] == 10


def test_a_batch_that_changes_no_story_needs_not_know_the_last_commit_but_a_sweep_does(edition: Edition) -> None:
    edition.commit(joined("a", "s"))
    edition.positions.start("articles", {0: 0})
    last, edition.seen = edition.seen, 0
    assert edition.commit(Changes(), Claim("articles", 0, 0, 1), duplicates=1) == last
    edition.seen = 0
    assert edition.committer.commit(Batch(0, Changes(), swept=True)) == Stale(last)


def test_a_position_begins_where_the_topic_does_and_a_stored_one_stays(edition: Edition) -> None:
    assert edition.positions.start("articles", {0: 5, 1: 0}) == {0: 5, 1: 0}
    edition.commit(Changes(), Claim("articles", 0, 5, 8), duplicates=3)
    assert edition.positions.start("articles", {0: 6, 2: 1}) == {0: 8, 2: 1}
    assert edition.positions.read("articles", [0, 1, 3]) == {0: 8, 1: 0}
    assert edition.positions.read("articles", []) == {}
    assert edition.positions.read("other", [0]) == {}


def test_a_member_reads_back_as_it_was_and_the_reasons_say_what_happened(edition: Edition) -> None:
    edition.commit(made([Assignment("a", "s", Verdict.OPENED)], ["s"]))
    edition.commit(joined("b", "s", original_id="a"))
    snapshot = edition.stories.snapshot("s")
    assert snapshot is not None
    assert set(snapshot.articles) == {stored("a"), stored("b", reprint_of="a")}
    assert snapshot.reasons == (Reason.OPENED, Reason.REPRINT)
    assert snapshot.encoder == "the encoder"
    edition.commit(joined("c", "s"))
    again = edition.stories.snapshot("s")
    assert again is not None
    assert set(again.reasons) == {Reason.OPENED, Reason.REPRINT, Reason.COVERAGE}


def test_hints_of_a_changed_story_stand_in_its_snapshot(edition: Edition) -> None:
    changes = joined("a", "s")
    changes.hints["s"] = StoryHints(0.25, ("t", "u"), (TopicGuess("15000000", 0.934), TopicGuess("11000000", 0.8)))
    edition.commit(changes)
    snapshot = edition.stories.snapshot("s")
    assert snapshot is not None
    assert (snapshot.cohesion, snapshot.related) == (0.25, ("t", "u"))
    assert snapshot.topics == (("15000000", 0.93), ("11000000", 0.8))
    changes = joined("b", "s")
    changes.hints["s"] = StoryHints(0.25)
    edition.commit(changes)
    grown = edition.stories.snapshot("s")
    assert grown is not None
    assert grown.topics == ()


def test_a_vector_is_kept_where_it_is_wanted_also_after_the_story_is_closed(redis: Redis) -> None:
    edition = Edition(redis, keeps_vectors=True)
    for article_id, vector in (("a", b"\x01\xff"), ("b", b"\x02\x80")):
        changes = joined(article_id, "s")
        changes.hints["s"] = StoryHints(0.25, vector=vector)
        edition.commit(changes)
        assert edition.vector("s") == vector
    edition.commit(Changes(closed=["s"]))
    assert edition.vector("s") == b"\x02\x80"


def test_a_clusterer_that_keeps_no_vectors_leaves_none_of_an_earlier_change(redis: Redis) -> None:
    edition = Edition(redis, keeps_vectors=True)
    changes = joined("a", "s")
    changes.hints["s"] = StoryHints(0.25, vector=b"\x01\xff")
    edition.commit(changes)
    other = Edition(redis)
    other.seen = edition.seen
    changes = joined("b", "s")
    changes.hints["s"] = StoryHints(0.25, vector=b"\x02\x80")
    other.commit(changes)
    assert other.vector("s") == b""


def test_an_article_is_known_for_the_time_of_retention(edition: Edition) -> None:
    edition.commit(joined("a", "s"))
    assert edition.redis.get(KEYS.article("a")) == b"s"
    assert edition.redis.get(KEYS.article("b")) is None
    assert 4_000 < edition.redis.ttl(KEYS.article("a")) <= 5_000
    assert edition.redis.ttl(KEYS.story("s")) == -1, "a live story stays"


def test_articles_that_a_split_moves_are_found_in_the_new_story(edition: Edition) -> None:
    edition.commit(made([Assignment(each, "s", Verdict.JOINED) for each in "abc"], ["s"]))
    edition.commit(made([], ["s", "n"], splits=[Split("s", "n", ("c", "unknown"))]))
    assert edition.redis.get(KEYS.article("c")) == b"n"
    assert edition.redis.get(KEYS.article("a")) == b"s"
    assert edition.redis.get(KEYS.article("unknown")) is None
    assert 4_000 < edition.redis.ttl(KEYS.article("c")) <= 5_000


def test_an_absorbed_story_is_forgotten_after_its_retention_and_its_survivor_is_not(edition: Edition) -> None:
    edition.commit(made([Assignment("a", "s", Verdict.OPENED), Assignment("b", "t", Verdict.OPENED)], ["s", "t"]))
    edition.commit(made([], ["s"], merges=[Merge("s", "t")]))
    assert 4_000 < edition.redis.ttl(KEYS.story("t")) <= 5_000
    assert edition.redis.ttl(KEYS.story("s")) == -1
    assert sorted(edition.stories.all_ids()) == ["s", "t"]
    caught = edition.replica.since(edition.seen)
    assert isinstance(caught, Caught | Loaded)


def test_the_delta_names_stories_that_left_as_gone(edition: Edition) -> None:
    edition.commit(made([Assignment("a", "s", Verdict.OPENED), Assignment("b", "t", Verdict.OPENED)], ["s", "t"]))
    seen = edition.seen
    edition.commit(made([], ["s"], merges=[Merge("s", "t")]))
    caught = edition.replica.since(seen)
    assert isinstance(caught, Caught)
    assert caught.delta.states == {"s": b"state of s", "t": None}


def test_aliases_that_form_a_loop_are_an_error_and_not_an_endless_walk(edition: Edition) -> None:
    edition.redis.hset(KEYS.story("s"), "merged_into", "t")
    edition.redis.hset(KEYS.story("t"), "merged_into", "s")
    with pytest.raises(ValueError, match="loop"):
        edition.stories.resolve("s")
    assert edition.stories.resolve("nobody knows it") == "nobody knows it"


def test_corrections_are_kept_with_the_story_to_a_bound_and_leave_with_it(edition: Edition) -> None:
    edition.commit(made([Assignment("a", "s", Verdict.OPENED)], ["s"]))
    for number in range(KEPT_OF_STORY + 2):
        edition.commit(made([], ["s"]), desk=DeskEntry(("s",), str(number).encode()))
    kept: Any = edition.redis.xrange(KEYS.corrections_of("s"))
    assert [fields[b"entry"] for _, fields in kept] == [str(each).encode() for each in range(2, KEPT_OF_STORY + 2)]
    assert edition.redis.xlen(KEYS.corrections) == KEPT_OF_STORY + 2
    assert kept[-1][0] == f"{edition.seen}-0".encode()
    assert edition.redis.ttl(KEYS.corrections_of("s")) == -1
    edition.commit(Changes(closed=["s"]))
    assert 0 < edition.redis.ttl(KEYS.corrections_of("s")) <= SETTINGS.retention_s
    assert edition.redis.ttl(KEYS.corrections) == -1


def test_a_move_leaves_the_lineage_of_its_target_and_the_versions_of_articles(
    edition: Edition,
) -> None:
    opened = [Assignment(article_id, story_id, Verdict.OPENED) for article_id, story_id in ("as", "bt")]
    edition.commit(made([*opened, Assignment("c", "s", Verdict.JOINED)], ["s", "t"]), versions={"c": 7})
    edition.commit(made([], ["s", "t"], moves=[Move("s", "t", ("c",))]), desk=DeskEntry(("t", "s"), b"{}"))
    source, target = (edition.stories.snapshot(each) for each in "st")
    assert source is not None
    assert target is not None
    assert ({each.article_id for each in source.articles}, {each.article_id for each in target.articles}) == (
        {"a"}, {"b", "c"},
    )  # fmt: skip
    assert (target.split_from, target.reasons) == (None, (Reason.OPENED, Reason.DESK))
    assert edition.redis.get(KEYS.article("c")) == b"t@7"
