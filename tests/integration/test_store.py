"""The store's scripts on a real Redis: fences, lineage, the replica's view, the outbox."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from redis import Redis

from groundswell.record import Reason, Status
from pipeline.adapters.store.articles import ArticleReader, Standing
from pipeline.adapters.store.commit import Batch, Claim, Committed, Fenced, Stale
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.live_reader import Caught, Loaded
from pipeline.adapters.store.outbox import Lease
from pipeline.adapters.store.positions import TopicReplacedError
from pipeline.adapters.store.server import StoreTornError
from pipeline.adapters.store.settlement import Stage
from pipeline.domain.clustering.types import (
    TERM_BUCKETS,
    Changes,
    Correction,
    Merge,
    Split,
    StoryHints,
    Withdrawal,
)
from tests.support.store import SETTINGS, Store, changes, members, stored


@pytest.fixture
def store(redis: Redis) -> Store:
    return Store(redis)


@pytest.fixture
def another(redis: Redis) -> Callable[[], Store]:
    return lambda: Store(redis)


def test_a_batch_moves_state_and_position_together(store: Store) -> None:
    store.positions.start("articles", {0: 0})
    assert isinstance(store.commit(changes(("a", "s")), Claim("articles", 0, 0, 5)), Committed)
    assert store.positions.read("articles", [0]) == {0: 5}
    assert members(store, "s") == {"a"}


def test_a_batch_that_does_not_start_at_the_stored_position_changes_nothing(store: Store) -> None:
    store.positions.start("articles", {0: 0})
    store.commit(changes(("a", "s")), Claim("articles", 0, 0, 5))
    again = store.commit(changes(("b", "t")), Claim("articles", 0, 0, 5))
    assert again == Fenced("articles:0", 5)
    assert store.stories.snapshot("t") is None
    assert store.positions.counters()["in"] == 1


def test_a_batch_on_a_partition_whose_position_redis_lost_is_refused(store: Store) -> None:
    assert store.commit(changes(("a", "s")), Claim("articles", 0, 7, 9)) == Fenced("articles:0", None)


def test_one_wrong_position_of_several_refuses_the_whole_batch(store: Store) -> None:
    store.positions.start("articles", {0: 0, 1: 3})
    outcome = store.commit(changes(("a", "s")), Claim("articles", 0, 0, 5), Claim("articles", 1, 0, 2))
    assert outcome == Fenced("articles:1", 3)
    assert store.positions.read("articles", [0, 1]) == {0: 0, 1: 3}


def test_a_decision_that_others_overtook_is_refused_and_the_delta_tells_what_they_changed(
    store: Store, another: Callable[[], Store]
) -> None:
    other = another()
    store.commit(changes(("z", "r")))
    other.seen = store.seen
    store.commit(changes(("a", "s"), term_counts={7: 2}))
    assert other.commit(changes(("b", "t"))) == Stale(store.seen)
    caught = other.replica.since(other.seen)
    assert isinstance(caught, Caught)
    assert caught.delta.states == {"s": b"state of s"}
    assert caught.delta.term_counts == {7: 2}
    assert isinstance(other.commit(changes(("b", "t")), seen=caught.sequence), Committed)


def test_a_replica_too_far_behind_loads_everything(store: Store, redis: Redis) -> None:
    store.commit(changes(("a0", "s0")))
    first = store.seen
    for number in (1, 2):
        store.commit(changes((f"a{number}", f"s{number}")))
    redis.xtrim("gs:{store-test}:changes", maxlen=1, approximate=False)
    loaded = store.replica.since(first)
    assert isinstance(loaded, Loaded)
    assert set(loaded.snapshot.states) == {"s0", "s1", "s2"}


def test_a_replica_notices_that_redis_lost_the_commit_it_saw_although_others_came_after(
    store: Store, redis: Redis
) -> None:
    store.commit(changes(("a", "s")))
    lost = store.seen
    time.sleep(0.005)  # no Redis is back sooner
    redis.flushall()
    store.seen = 0
    for number in range(3):
        store.commit(changes((f"b{number}", f"t{number}")))
    loaded = store.replica.since(lost)
    assert isinstance(loaded, Loaded)
    assert set(loaded.snapshot.states) == {"t0", "t1", "t2"}


def test_merged_stories_keep_their_articles_and_the_old_id_resolves(store: Store) -> None:
    store.commit(changes(("a", "s"), ("b", "t"), ("c", "u")))
    store.commit(changes(merges=[Merge("s", "t")], states={"s": b"x"}, hints={"s": StoryHints(1.0)}))
    store.commit(changes(merges=[Merge("u", "s")], states={"u": b"x"}, hints={"u": StoryHints(1.0)}))
    assert members(store, "u") == {"a", "b", "c"}
    assert store.stories.resolve("t") == "u"
    survivor, absorbed = store.stories.snapshot("u"), store.stories.snapshot("s")
    assert survivor is not None
    assert absorbed is not None
    assert set(survivor.absorbed) == {"s", "t"}
    assert Reason.ABSORBED in survivor.reasons
    assert (absorbed.status, absorbed.merged_into, absorbed.articles) == (Status.MERGED, "u", ())
    assert store.stories.live_ids() == ["u"]


def test_a_split_moves_the_named_articles_and_says_where_they_came_from(store: Store) -> None:
    store.commit(changes(("a", "s"), ("b", "s"), ("c", "s")))
    states = {"s": b"x", "n": b"y"}
    store.commit(
        changes(splits=[Split("s", "n", ("c",))], states=states, hints=dict.fromkeys(states, StoryHints(1.0)))
    )
    assert members(store, "s") == {"a", "b"}
    assert members(store, "n") == {"c"}
    new = store.stories.snapshot("n")
    assert new is not None
    assert (new.split_from, new.reasons) == ("s", (Reason.SPLIT,))


def test_a_split_keeps_the_versions_of_the_articles_that_it_moves(store: Store, redis: Redis) -> None:
    made = changes(("a", "s"), ("b", "s"))
    articles = {each.article_id: stored(each.article_id) for each in made.assignments}
    committed = store.committer.commit(Batch(0, made, articles=articles, versions={"b": 1_741_082_400_000}))
    assert isinstance(committed, Committed)
    store.seen = committed.sequence
    store.commit(changes(splits=[Split("s", "t", ("b",))]))
    known = ArticleReader(redis, SETTINGS).standings(["a", "b", "c"])
    assert known == {"a": Standing("s"), "b": Standing("t", 1_741_082_400_000)}


def test_a_correction_that_changes_nothing_that_is_stored_is_no_revision(store: Store, redis: Redis) -> None:
    store.commit(changes(("a", "s")))
    before = store.stories.snapshot("s")
    again = Changes(corrections=[Correction("a", "s", "s")])
    outcome = store.committer.commit(Batch(store.seen, again, articles={"a": stored("a")}, versions={"a": 7}))
    assert isinstance(outcome, Committed)
    assert store.stories.snapshot("s") == before
    assert ArticleReader(redis, SETTINGS).standings(["a"]) == {"a": Standing("s", 7)}


def test_a_correction_decided_before_others_changed_the_story_is_refused(store: Store) -> None:
    store.commit(changes(("a", "s")))
    overtaken = Changes(corrections=[Correction("a", "s", "s")])
    late = Batch(store.seen, overtaken, articles={"a": replace(stored("a"), title="late")}, versions={"a": 7})
    store.commit(changes(("b", "t")))
    assert isinstance(store.committer.commit(late), Stale)
    withdrawal = replace(late, changes=Changes(withdrawals=[Withdrawal("a", "s")]))
    assert isinstance(store.committer.commit(withdrawal), Stale)
    assert members(store, "s") == {"a"}


def test_a_closed_story_leaves_the_live_ones_and_is_forgotten_after_its_retention(
    store: Store, redis: Redis
) -> None:
    store.commit(changes(("a", "s")))
    store.commit(changes(closed=["s"]))
    assert store.stories.live_ids() == []
    snapshot = store.stories.snapshot("s")
    assert snapshot is not None
    assert snapshot.status is Status.CLOSED
    for key in ("gs:{store-test}:story:s", "gs:{store-test}:story:s:articles", "gs:{store-test}:article:a"):
        assert 0 < redis.ttl(key) <= SETTINGS.retention_s


def test_the_texts_of_a_closed_story_are_shortened_once_its_last_revision_is_published(
    store: Store, redis: Redis
) -> None:
    redis.hset(Keys(SETTINGS.edition).settled, "0", f"run:1 {Stage.SETTLED}")
    store.commit(changes(("a", "s"), ("b", "s")))
    store.commit(changes(closed=["s"]))
    closed = store.stories.snapshot("s")
    assert closed is not None
    shorter = replace(stored("a"), title="shorter")
    store.outbox.acknowledge(
        0, "s", closed.revision, title_article_id="b", summary=b"{}", shortened=[shorter]
    )  # fmt: skip
    after = store.stories.snapshot("s")
    assert after is not None
    assert {each.article_id: each.title for each in after.articles} == {"a": "shorter", "b": "title b"}


def test_every_change_is_in_the_outbox_until_its_revision_is_acknowledged(store: Store) -> None:
    store.commit(changes(("a", "s")))
    first = store.stories.snapshot("s")
    assert first is not None
    store.commit(changes(("b", "s")))
    store.outbox.acknowledge(0, "s", first.revision, title_article_id="a", summary=b"{}")
    assert store.outbox.size(0) == 1, "a newer revision waits"
    second = store.stories.snapshot("s")
    assert second is not None
    assert second.revision > first.revision
    assert Reason.OPENED not in second.reasons or second.reasons == (Reason.OPENED,)
    store.outbox.acknowledge(0, "s", second.revision, title_article_id="a", summary=b"{}")
    assert store.outbox.size(0) == 0
    assert store.stories.history("s") == [b"{}", b"{}"]


def test_a_revision_reads_the_same_after_the_clustering_changed_only_its_own_notes(store: Store) -> None:
    store.commit(changes(("a", "s")))
    before = store.stories.snapshot("s")
    store.commit(Changes(states={"s": b"looked at again"}, hints={"s": StoryHints(0.5, ("t",))}))
    assert store.stories.snapshot("s") == before
    assert store.replica.load().snapshot.states == {"s": b"looked at again"}


def test_what_others_commit_while_all_is_read_is_read_again_by_the_next_delta(store: Store, redis: Redis) -> None:
    store.commit(changes(("a", "s"), ("b", "t")))
    other = Store(redis)
    other.seen = store.seen

    def commits_meanwhile(*given: Any, **named: Any) -> Any:
        other.commit(Changes(closed=["t"]))
        other.commit(changes(("c", "u")))
        return scan(*given, **named)

    scan = redis.hscan_iter
    store.replica._redis = cast(Redis, SimpleNamespace(pipeline=redis.pipeline, hscan_iter=commits_meanwhile))
    loaded = store.replica.load()
    assert loaded.sequence == store.seen
    store.replica._redis = redis
    caught = store.replica.since(loaded.sequence)
    assert isinstance(caught, Caught)
    assert caught.sequence == other.seen
    assert caught.delta.states == {"t": None, "u": b"state of u"}
    assert isinstance(store.commit(changes(("d", "v"))), Stale)


def test_a_late_acknowledgement_does_not_turn_the_published_revision_back(store: Store) -> None:
    store.commit(changes(("a", "s")))
    early = store.stories.snapshot("s")
    store.commit(changes(("b", "s")))
    late = store.stories.snapshot("s")
    assert early is not None
    assert late is not None
    store.outbox.acknowledge(0, "s", late.revision, title_article_id="a", summary=b"{}")
    store.outbox.acknowledge(0, "s", early.revision, title_article_id="b", summary=b"{}")
    assert store.stories.published_revision("s") == late.revision


def test_revisions_grow_even_after_redis_lost_the_story(store: Store, redis: Redis) -> None:
    store.commit(changes(("a", "s")))
    before = store.stories.snapshot("s")
    time.sleep(0.005)  # no Redis is back sooner
    redis.flushall()
    store.seen = 0
    store.commit(changes(("a", "s")))
    after = store.stories.snapshot("s")
    assert before is not None
    assert after is not None
    assert after.revision > before.revision


def test_a_lease_is_held_by_one_until_it_is_given_back(redis: Redis) -> None:
    first, second = (Lease(redis, SETTINGS, 0, 10.0) for _ in range(2))
    assert first.acquire()
    assert not second.acquire()
    assert first.renew()
    assert not second.renew()
    first.release()
    assert second.acquire()
    assert not first.renew()


def test_a_batch_from_a_topic_that_was_replaced_changes_nothing(store: Store) -> None:
    store.positions.start("articles", {0: 0}, "first")
    store.positions.start("articles", {0: 0}, "second", anew=True)
    late = store.commit(changes(("a", "s")), Claim("articles", 0, 0, 5, "first"))
    assert late == Fenced("articles:0", 0)
    assert store.positions.read("articles", [0]) == {0: 0}
    assert isinstance(store.commit(changes(("a", "s")), Claim("articles", 0, 0, 5, "second")), Committed)


def test_positions_of_a_topic_that_was_replaced_are_kept_until_somebody_starts_over(store: Store) -> None:
    store.positions.start("articles", {0: 7, 1: 8}, "first")
    store.positions.start("articles.old", {0: 9}, "another")
    with pytest.raises(TopicReplacedError):
        store.positions.start("articles", {0: 0, 1: 0}, "second")
    assert store.positions.read("articles", [0, 1]) == {0: 7, 1: 8}
    store.positions.start("articles", {0: 0}, "second", anew=True)
    assert store.positions.read("articles", [0, 1]) == {0: 0}
    assert store.positions.start("articles", {0: 5, 1: 5}, "second", anew=True) == {0: 0, 1: 5}, "only once"
    assert store.positions.read("articles.old", [0]) == {0: 9}


def test_a_position_is_moved_only_from_where_it_was_seen(store: Store) -> None:
    store.positions.start("articles", {0: 3})
    assert not store.positions.move("articles", 0, 2, 9)
    assert store.positions.move("articles", 0, 3, 9)
    assert store.positions.read("articles", [0]) == {0: 9}


def test_the_ids_of_known_articles_are_found_by_how_they_begin(store: Store, redis: Redis) -> None:
    store.commit(changes(("ab2", "s"), ("ab1", "s"), ("b", "t")))
    reader = ArticleReader(redis, SETTINGS)
    assert [reader.ids_from("ab"), reader.ids_from("ab2"), reader.ids_from("c")] == [["ab1", "ab2"], ["ab2"], []]


def test_the_topic_that_positions_belong_to_is_told_where_it_is_known(store: Store) -> None:
    assert store.positions.topic_id("articles") is None
    store.positions.start("articles", {0: 0}, "id of articles")
    assert (store.positions.topic_id("articles"), store.positions.topic_id("other")) == ("id of articles", None)


def test_whether_anybody_holds_a_shard_is_told_without_taking_it(store: Store, redis: Redis) -> None:
    assert not store.outbox.held(0)
    lease = Lease(redis, SETTINGS, 0, 30.0)
    assert lease.acquire()
    assert (store.outbox.held(0), store.outbox.held(1)) == (True, False)
    lease.release()
    assert not store.outbox.held(0)


def test_all_stories_are_those_of_the_edition_and_no_keys_beside_them(store: Store, redis: Redis) -> None:
    store.commit(changes(("a", "s"), ("b", "t")))
    redis.hset("gs:{another}:story:u", "revision", "1")
    assert sorted(store.stories.all_ids()) == ["s", "t"]


def test_a_replica_loads_the_means_and_a_whole_table_also_where_nothing_is_stored_yet(store: Store) -> None:
    empty = store.replica.load()
    assert (empty.sequence, empty.snapshot.language_means, empty.snapshot.states) == (0, b"", {})
    assert empty.snapshot.term_table == bytes(4 * TERM_BUCKETS)
    store.commit(changes(("a", "s"), language_means=b"means"))
    loaded = store.replica.load()
    assert (loaded.sequence, loaded.snapshot.language_means) == (store.seen, b"means")


def test_a_delta_begins_after_the_commit_that_was_seen(store: Store) -> None:
    seen = []
    for name in "stu":
        store.commit(changes((f"a{name}", name), term_counts={7: 1}))
        seen.append(store.seen)
    for number, names in enumerate(("tu", "u", "")):
        caught = store.replica.since(seen[number])
        assert isinstance(caught, Caught)
        assert "".join(caught.delta.states) == names
        assert caught.delta.term_counts == ({7: len(names)} if names else {})
        assert caught.delta.language_means == b""


def test_nothing_is_committed_on_a_part_of_a_batch(store: Store, redis: Redis) -> None:
    store.commit(changes(("a", "s")))
    redis.set("gs:{store-test}:unfinished", "x")
    with pytest.raises(StoreTornError, match=r"delete all keys that begin with gs:{store-test}:"):
        store.commit(changes(("b", "t")))
    assert store.stories.snapshot("t") is None


def test_what_a_story_does_not_say_is_empty_and_its_times_are_utc(store: Store) -> None:
    store.commit(changes(("a", "s")))
    found = store.stories.snapshot("s")
    assert found is not None
    assert (found.related, found.topics, found.absorbed, found.previous_title_article_id) == ((), (), (), None)
    assert (found.vector, found.hidden) == (b"", False)
    assert found.updated_at.tzinfo is UTC
    assert abs(datetime.now(UTC) - found.updated_at) < timedelta(minutes=1)
    store.outbox.acknowledge(0, "s", found.revision, title_article_id="a", summary=b"{}")
    after = store.stories.snapshot("s")
    assert after is not None
    assert after.previous_title_article_id == "a"
    assert after.reasons == (), "they are told already"


def test_vectors_of_stories_are_kept_only_where_they_are_wanted(store: Store) -> None:
    store.commit(changes(("a", "s"), hints={"s": StoryHints(1.0, vector=b"a vector")}))
    found = store.stories.snapshot("s")
    assert found is not None
    assert found.vector == b""


def test_a_withdrawal_takes_the_article_out_of_the_story_that_it_names(store: Store) -> None:
    store.commit(changes(("a", "s"), ("b", "s")))
    gone = Changes(withdrawals=[Withdrawal("a", "s"), Withdrawal("never seen", None)])
    gone.states, gone.hints = {"s": b"less"}, {"s": StoryHints(1.0)}
    assert isinstance(store.committer.commit(Batch(store.seen, gone)), Committed)
    assert members(store, "s") == {"b"}
