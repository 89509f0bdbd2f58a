"""The iterator, on a topic in memory: what is yielded, committed, counted and survived."""

from __future__ import annotations

import threading
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import KafkaConnectionError

from groundswell import CommitError, Counts, Fault, Observer, Subscriber
from groundswell.broker import connecting as connecting_module
from tests.support.waiting import eventually
from tests.unit.client.helpers import MemoryTopic, merged, seen, story, value_of


def whole(topic: MemoryTopic, **options: Any) -> Subscriber:
    return Subscriber(follow=False, connect=topic.connector(), **options)


def member(topic: MemoryTopic, **options: Any) -> Subscriber:
    return Subscriber(**{"follow": False, **options}, group="g", connect=topic.connector(group=True))


def test_each_story_is_yielded_with_growing_revisions_and_the_rest_is_counted() -> None:
    topic = MemoryTopic([
        story("a", 1), story("a", 4), story("a", 4), story("b", 2), story("a", 3), b"bad", None,
        value_of(story("a", 5), schema_version=2),
    ])  # fmt: skip
    with whole(topic) as stories:
        assert seen(list(stories)) == [("a", 1), ("a", 4), ("b", 2)]
        assert stories.counts == Counts(delivered=3, stale=2, malformed=1, newer=1, removed=1)
        assert (stories.revision("a"), stories.revision("c")) == (4, None)


def test_a_merged_story_is_yielded_and_resolves() -> None:
    topic = MemoryTopic([story("a", 1), merged("a", 5, "b")], [story("b", 2), story("b", 4, absorbed=["a"])])
    with whole(topic) as stories:
        last = {each.story_id: each for each in stories}
        assert last["a"].merged_into == "b"
        assert [stories.resolve(each) for each in ("a", "b", "unknown")] == ["b", "b", "unknown"]


@given(st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9)), max_size=8), min_size=1, max_size=3),
       st.integers(1, 4))  # fmt: skip
def test_whatever_is_on_the_topic_revisions_only_grow(said: list[list[tuple[str, int]]], batch: int) -> None:
    topic = MemoryTopic(*([story(*each) for each in partition] for partition in said), batch=batch)
    highest: dict[str, int] = {}
    for record in whole(topic):
        assert record.revision > highest.get(record.story_id, 0)
        highest[record.story_id] = record.revision
    assert highest == {each: max(r for p in said for s, r in p if s == each) for p in said for each, _ in p}


def test_it_is_caught_up_only_when_the_loop_is_through_with_the_last_record() -> None:
    stories = whole(MemoryTopic([story("a", 1), story("b", 1)]))
    assert [(stories.caught_up, next(stories).story_id) for _ in range(2)] == [(False, "a"), (False, "b")]
    assert not stories.caught_up
    assert list(stories) == []
    assert stories.caught_up
    assert stories.lag == 0


def test_an_empty_topic_is_caught_up_with_at_once() -> None:
    stories = whole(MemoryTopic([], []))
    assert list(stories) == []
    assert stories.wait_caught_up(0)


def test_what_comes_after_the_start_is_followed_and_stop_ends_it_from_another_thread() -> None:
    topic = MemoryTopic([story("a", 1)])
    stories = Subscriber(connect=topic.connector())
    found: list[tuple[str, int]] = []

    def read() -> None:
        found.extend(seen(list(stories)))

    thread = threading.Thread(target=read)
    thread.start()
    assert stories.wait_caught_up(5)
    topic.partitions[0].append(story("a", 2))
    eventually(lambda: stories.counts.delivered == 2)
    stories.stop()
    stories.stop()
    thread.join(5)
    assert not thread.is_alive()
    assert found == [("a", 1), ("a", 2)]


def test_after_stop_the_rest_of_the_batch_is_not_yielded() -> None:
    topic = MemoryTopic([story("a", 1), story("a", 2), story("a", 3)])
    stories = member(topic)
    next(stories)
    stories.stop()
    assert list(stories) == []
    assert topic.position() == 1


def test_a_record_is_committed_when_the_body_is_through_with_it_and_not_before() -> None:
    topic = MemoryTopic([story("a", revision) for revision in range(1, 8)], batch=2)
    for revision, _ in enumerate(member(topic), start=1):
        assert (topic.position() or 0) < revision
    assert topic.position() == 7
    assert len(topic.commits) <= 5  # one a batch, not one a record


def test_records_that_are_skipped_are_committed_too() -> None:
    topic = MemoryTopic([story("a", 1), b"bad", None, story("a", 1)])
    list(member(topic))
    assert topic.position() == 4


def test_the_record_at_which_the_loop_was_left_comes_again() -> None:
    topic = MemoryTopic([story("a", revision) for revision in range(1, 6)])
    with member(topic) as stories:
        for record in stories:
            if record.revision == 2:
                break
    assert seen(list(member(topic))) == [("a", 2), ("a", 3), ("a", 4), ("a", 5)]


def test_the_record_at_which_the_body_raised_comes_again() -> None:
    topic = MemoryTopic([story("a", revision) for revision in range(1, 4)])

    def run() -> None:
        with member(topic) as stories:
            for record in stories:
                assert record.revision < 3

    with pytest.raises(AssertionError):
        run()
    assert topic.position() == 2


@given(st.lists(st.integers(0, 6), max_size=6), st.integers(1, 3))
def test_whenever_it_is_killed_no_record_is_lost(reads: list[int], batch: int) -> None:
    """At least once: after a kill at any record, those that were not committed come again, in order."""
    topic = MemoryTopic([story("a", revision) for revision in range(1, 13)], batch=batch)
    handled: list[int] = []
    for count in reads:  # killed after so many records: nothing is closed
        stories = member(topic)
        for record in islice(stories, count):
            handled.append(record.revision)
    handled += [record.revision for record in member(topic)]
    assert set(handled) == set(range(1, 13))
    assert sorted(set(handled)) == list(dict.fromkeys(handled))


def test_with_the_revisions_that_the_service_stored_nothing_comes_twice() -> None:
    topic = MemoryTopic([story("a", 1), story("b", 1), story("a", 2)], batch=3)
    stored: dict[str, int] = {}
    for record in islice(member(topic), 2):  # killed before anything was committed
        stored[record.story_id] = record.revision
    assert topic.position() is None
    assert seen(list(member(topic, seen=stored))) == [("a", 2)]


def test_an_explicit_commit_covers_the_last_record_and_nothing_is_committed_otherwise() -> None:
    topic = MemoryTopic([story("a", revision) for revision in range(1, 6)])
    with member(topic, auto_commit=False) as stories:
        list(islice(stories, 2))
        assert topic.commits == []
        stories.commit()
        assert topic.position() == 2
        stories.commit()
        assert len(topic.commits) == 1
        list(islice(stories, 2))
    assert topic.position() == 2


def test_a_commit_that_fails_is_an_error_when_asked_for_and_else_no_end() -> None:
    topic = MemoryTopic([story("a", revision) for revision in range(1, 6)], batch=2)
    topic.refuse_commits = True
    with member(topic) as stories:
        assert len(list(stories)) == 5
    explicit = member(topic, auto_commit=False)
    next(explicit)
    with pytest.raises(CommitError):
        explicit.commit()
    topic.refuse_commits = False
    explicit.commit()
    assert topic.position() == 1


def test_without_a_group_nothing_is_committed() -> None:
    topic = MemoryTopic([story("a", 1)])
    list(whole(topic))
    assert topic.commits == []


@pytest.mark.parametrize("subscribe", [whole, member])
def test_a_connection_that_breaks_is_opened_again_and_nothing_is_yielded_twice(
    subscribe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting_module, "RETRY_S", 0.0)
    topic = MemoryTopic(
        [story("a", 1), story("a", 2), KafkaConnectionError("gone"), story("a", 3), story("b", 1)], batch=2
    )
    with subscribe(topic) as stories:
        assert seen(list(stories)) == [("a", 1), ("a", 2), ("a", 3), ("b", 1)]
    assert (topic.connections, topic.closed) == (2, 2)


def test_what_is_waited_for_is_logged_once_and_told_to_the_observer_each_time(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reasons: list[str] = []

    class Ear(Observer):
        def waiting(self, reason: str) -> None:
            reasons.append(reason)

    monkeypatch.setattr(connecting_module, "RETRY_S", 0.0)
    gone = [KafkaConnectionError("gone") for _ in range(20)]
    list(whole(MemoryTopic([*gone, KafkaConnectionError("refused"), story("a", 1)]), observer=Ear()))
    assert len(reasons) == 21
    assert [each.getMessage().rpartition(": ")[2] for each in caplog.records] == [
        "KafkaConnectionError('gone')", "KafkaConnectionError('refused')",
    ]  # fmt: skip


def test_closing_twice_is_fine_and_ends_the_iteration() -> None:
    topic = MemoryTopic([story("a", 1), story("a", 2)])
    stories = member(topic)
    next(stories)
    stories.close()
    stories.close()
    assert list(stories) == []
    assert topic.closed == 1
    assert topic.position() is None


def test_the_observer_hears_of_all_that_is_not_yielded() -> None:
    heard: list[object] = []

    class Ear(Observer):
        def stale(self, story_id: str) -> None:
            heard.append(("stale", story_id))

        def skipped(self, fault: Fault) -> None:
            heard.append(fault)

        def removed(self, story_id: str) -> None:
            heard.append(("removed", story_id))

        def polled(self) -> None:
            heard.append("polled")

    topic = MemoryTopic([story("a", 2), story("a", 1), b"bad", None], batch=10)
    list(whole(topic, observer=Ear()))
    assert heard == [("stale", "a"), Fault.MALFORMED, ("removed", "gone"), "polled"]
