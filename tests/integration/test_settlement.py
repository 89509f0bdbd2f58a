"""One story and its last record on the topic, brought together by a real Redis."""

from __future__ import annotations

import pytest
from redis import Redis

from groundswell.record import Reason, Status
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.settlement import Published, Settled, Settlement, Stage
from pipeline.domain.clustering.types import Merge
from tests.support.store import SETTINGS, SHARDS, Store, changes, members


class Settling:
    """The settlement of a store whose stories are made by hand."""

    def __init__(self, redis: Redis) -> None:
        self.store = Store(redis)
        self.settlement = Settlement(redis, SETTINGS, SHARDS)

    def settle(self, *said: Published) -> dict[str, Settled]:
        known = {each.story_id for each in said}
        return {each.story_id: self.settlement.settle(each) for each in self.settlement.doubtful(said, known)}

    def status(self, story_id: str) -> Status:
        snapshot = self.store.stories.snapshot(story_id)
        assert snapshot is not None
        return snapshot.status


@pytest.fixture
def settling(redis: Redis) -> Settling:
    return Settling(redis)


def published(story_id: str, *article_ids: str, revision: int = 10, into: str | None = None) -> Published:
    return Published(story_id, revision, Status.MERGED if into else Status.ACTIVE, into, article_ids)


def test_a_lost_story_whose_articles_stand_in_several_goes_where_most_of_them_are(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s"), ("b", "t"), ("c", "t")))
    assert settling.settle(published("lost", "a", "b", "c", "unknown")) == {"lost": Settled.MERGED}
    assert settling.store.stories.resolve("lost") == "t"


def test_a_lost_story_follows_its_articles_through_merges(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s"), ("b", "t")))
    settling.store.commit(changes(merges=[Merge("t", "s")]))
    assert settling.settle(published("lost", "a")) == {"lost": Settled.MERGED}
    assert settling.store.stories.resolve("lost") == "t"


def test_settling_again_changes_nothing(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s")))
    said = (published("lost", "a"), published("gone", "b"))
    assert settling.settle(*said) == {"lost": Settled.MERGED, "gone": Settled.CLOSED}
    after = settling.store.stories.snapshot("s")
    assert settling.settle(*said) == {}
    assert settling.store.stories.snapshot("s") == after


def test_an_alias_of_a_story_that_is_nowhere_any_more_is_closed(settling: Settling) -> None:
    assert settling.settle(published("alias", into="nowhere")) == {"alias": Settled.CLOSED}


def test_an_alias_whose_target_stands_on_the_topic_or_in_the_store_is_left_alone(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s")))
    assert settling.settle(published("alias", into="s"), published("other", into="alias")) == {}


def test_a_story_that_expired_after_its_end_is_left_alone(settling: Settling) -> None:
    assert settling.settle(Published("old", 10, Status.CLOSED, None, ())) == {}


def test_a_story_made_again_after_it_was_put_to_rest_lives_and_is_nobodys_alias(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s")))
    settling.settle(published("lost", "a"))
    settling.store.commit(changes(("b", "lost")))
    assert settling.status("lost") is Status.ACTIVE
    assert settling.store.stories.resolve("lost") == "lost"
    assert members(settling.store, "lost") == {"b"}
    heir = settling.store.stories.snapshot("s")
    assert heir is not None
    assert heir.absorbed == ()


def test_a_story_published_before_a_loss_is_shown_again_although_it_is_below_the_policy_now(
    settling: Settling, redis: Redis
) -> None:
    settling.store.commit(changes(("a", "s")))
    assert settling.settle(published("s", "a", "b", revision=10)) == {"s": Settled.AGREES}
    assert settling.store.stories.published_revision("s") == 10
    (waiting,) = settling.store.outbox.pending(0, 10)
    assert waiting.published_age_s is not None


def test_a_story_whose_record_stands_on_the_topic_unacknowledged_is_shown_whatever_becomes_of_it(
    settling: Settling,
) -> None:
    settling.store.commit(changes(("a", "s")))
    held = settling.store.stories.snapshot("s")
    assert held is not None
    assert settling.settle(published("s", "a", revision=held.revision)) == {"s": Settled.AGREES}
    (waiting,) = settling.store.outbox.pending(0, 10)
    assert waiting.published_age_s is not None
    assert settling.store.stories.published_revision("s") == 0, "its acknowledgement is to come"


def test_what_was_lost_is_published_above_what_the_topic_has(settling: Settling) -> None:
    far = 2 * 10**15
    settling.store.commit(changes(("a", "s")))
    said = {"s": ["a"], "lost": ["a"], "gone": []}
    outcomes = settling.settle(*(published(each, *articles, revision=far) for each, articles in said.items()))
    assert set(outcomes.values()) == {Settled.RESTORED, Settled.MERGED, Settled.CLOSED}
    found = {each: settling.store.stories.snapshot(each) for each in ("s", "lost", "gone")}
    assert {each: story and story.revision > far for each, story in found.items()} == dict.fromkeys(found, True)
    reasons = {each: story.reasons for each, story in found.items() if story}
    assert reasons == {
        "s": (Reason.ABSORBED, Reason.RESTORED), "lost": (Reason.MERGED,), "gone": (Reason.CLOSED,)
    }  # fmt: skip
    assert {each.story_id for each in settling.store.outbox.pending(0, 10)} == set(found)


def test_a_story_put_to_rest_is_forgotten_after_its_retention(settling: Settling, redis: Redis) -> None:
    settling.settle(published("gone"))
    left = redis.ttl(Keys(SETTINGS.edition).story("gone"))
    assert SETTINGS.retention_s - 60 < left <= SETTINGS.retention_s


def test_shards_keep_their_stage_until_redis_is_another_one(settling: Settling) -> None:
    reached = settling.settlement.reached
    assert reached([0, 1, 2], "run:1") == [Stage.NEW] * 3
    settling.settlement.note([0, 2], "run:1", Stage.RAISED)
    settling.settlement.note([2], "run:1", Stage.SETTLED)
    assert reached([0, 1, 2], "run:1") == [Stage.RAISED, Stage.NEW, Stage.SETTLED]
    assert reached([2, 0], "run:2") == [Stage.NEW] * 2
    assert reached([], "run:2") == []


def test_before_the_input_was_read_again_only_what_is_there_is_settled(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s")))
    far = 2 * 10**15
    assert settling.settlement.settle(published("s", "a", revision=far), bury=False) is Settled.RESTORED
    assert settling.settlement.settle(published("lost", "a", revision=far), bury=False) is Settled.AGREES
    assert settling.store.stories.snapshot("lost") is None


def test_an_acknowledgement_of_what_the_store_has_lost_changes_nothing(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s")))
    far = 2 * 10**15
    settling.store.outbox.acknowledge(0, "s", far, title_article_id="a", summary=b"{}")
    assert settling.store.stories.published_revision("s") == 0
    assert [each.story_id for each in settling.store.outbox.pending(0, 10)] == ["s"]
    assert settling.settle(published("s", "a", revision=far)) == {"s": Settled.RESTORED}


def acknowledged(settling: Settling, story_id: str) -> int:
    """The store's revision, as published and acknowledged."""
    held = settling.store.stories.snapshot(story_id)
    assert held is not None
    settling.store.outbox.acknowledge(0, story_id, held.revision, title_article_id=None, summary=b"{}")
    return held.revision


def waiting(settling: Settling) -> set[str]:
    return {each.story_id for each in settling.store.outbox.pending(0, 10)}


def test_what_the_topic_has_in_an_older_record_is_published_again_above_both(settling: Settling) -> None:
    settling.store.commit(changes(("a", "s"), ("b", "t")))
    settling.store.commit(changes(merges=[Merge("t", "s")]))
    told = {each: acknowledged(settling, each) for each in ("s", "t")}
    assert waiting(settling) == set()
    agreed = [published(each, revision=revision) for each, revision in told.items()]
    assert settling.settle(*agreed) == {}
    older = [published(each, revision=revision - 1) for each, revision in told.items()]
    assert settling.settle(*older) == {"s": Settled.RESTORED, "t": Settled.RESTORED}
    found = {each: settling.store.stories.snapshot(each) for each in told}
    assert all(story and story.revision > told[each] for each, story in found.items())
    assert waiting(settling) == {"s", "t"}
    assert settling.settle(*older) == {"s": Settled.AGREES, "t": Settled.AGREES}, "once it waits, once is enough"
    assert found == {each: settling.store.stories.snapshot(each) for each in told}


def test_live_stories_that_the_topic_lacks_are_published_again_or_looked_at_again(settling: Settling) -> None:
    settling.store.commit(changes(("a", "told"), ("b", "small"), ("c", "large"), ("d", "large"), ("e", "ended")))
    settling.store.commit(changes(("f", "newer")))
    revision = acknowledged(settling, "told")
    newer = acknowledged(settling, "newer")
    acknowledged(settling, "ended")
    settling.store.commit(changes(("g", "newer"), closed=["ended"]))
    pending = settling.store.stories.snapshot("newer")
    for story_id in ("small", "large", "ended"):
        held = settling.store.stories.snapshot(story_id)
        assert held is not None
        settling.store.outbox.hold_back(0, story_id, held.revision)
    assert waiting(settling) == {"newer"}
    assert "told" in settling.settlement.live_ids([0])
    assert settling.settlement.live_ids([1]) == []
    assert settling.settlement.resend(["told", "small", "large", "newer", "ended", "unknown"], 2) == 2
    assert waiting(settling) == {"told", "large", "newer"}
    told = settling.store.stories.snapshot("told")
    assert told is not None
    assert told.revision > revision
    assert told.reasons == (Reason.RESTORED,)
    assert settling.store.stories.snapshot("newer") == pending, "above what was told already"
    assert pending is not None
    assert pending.revision > newer
    assert settling.settlement.resend(["told"], 2) == 1
    assert settling.store.stories.snapshot("told") == told
