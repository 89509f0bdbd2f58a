"""Stories that the topic hides, and a store that has lost that."""

from __future__ import annotations

import pytest
from redis import Redis
from structlog.testing import capture_logs

from consumers.clusterer.hiding import Hiding
from groundswell.record import Status
from pipeline.adapters.store.hidden_again import HiddenAgain
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.settlement import Published
from pipeline.domain.clustering.types import Merge
from pipeline.settings import Settings
from tests.support.store import SETTINGS, Store, changes

KEYS = Keys(SETTINGS.edition)
HIDDEN = Published("s", 10, Status.ACTIVE, None, (), hidden=True)


@pytest.fixture
def store(redis: Redis) -> Store:
    return Store(redis)


@pytest.fixture
def hidden(redis: Redis) -> HiddenAgain:
    return HiddenAgain(redis, SETTINGS)


def test_a_story_that_the_store_does_not_have_is_marked_ahead_and_for_a_time(
    store: Store, hidden: HiddenAgain, redis: Redis
) -> None:
    assert hidden.mark([HIDDEN]) == ["s"]
    assert store.stories.snapshot("s") is None
    assert SETTINGS.retention_s - 60 < redis.ttl(KEYS.story("s")) <= SETTINGS.retention_s
    store.commit(changes(("a", "s")))
    made = store.stories.snapshot("s")
    assert made is not None
    assert made.hidden
    assert redis.ttl(KEYS.story("s")) == -1


def test_marking_again_changes_nothing(store: Store, hidden: HiddenAgain) -> None:
    store.commit(changes(("a", "s")))
    assert hidden.mark([HIDDEN]) == ["s"]
    before = store.stories.snapshot("s")
    assert hidden.mark([HIDDEN]) == []
    assert store.stories.snapshot("s") == before


def test_a_story_that_is_shown_on_the_topic_is_left_alone(store: Store, hidden: HiddenAgain) -> None:
    store.commit(changes(("a", "s")))
    assert hidden.mark([Published("s", 10, Status.ACTIVE, None, ("a",))]) == []
    assert hidden.waiting() == []


def test_one_that_is_yet_to_be_made_waits_and_one_that_ended_does_not(
    store: Store, hidden: HiddenAgain, redis: Redis
) -> None:
    hiding = Hiding(redis, Settings(redis=SETTINGS))
    hidden.mark([HIDDEN])
    hiding.note()
    assert [each.story_id for each in hidden.waiting()] == ["s"]
    store.commit(changes(("a", "s")))
    store.commit(changes(closed=["s"]))
    hiding.note()
    assert hidden.waiting() == []


def test_one_that_repair_merged_before_it_was_known_is_named_once(
    store: Store, hidden: HiddenAgain, redis: Redis
) -> None:
    hidden.mark([HIDDEN])
    store.commit(changes(("a", "s"), ("b", "t")))
    store.commit(changes(merges=[Merge("t", "s")]))
    hiding = Hiding(redis, Settings(redis=SETTINGS))
    with capture_logs() as told:
        hiding.note()
        hiding.note()
    assert [(each["story_id"], each["merged_into"]) for each in told] == [("s", "t")]
