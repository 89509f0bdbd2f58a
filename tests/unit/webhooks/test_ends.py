"""Whoever was told of a story is told of its end, whatever the filter says of that and whatever comes between."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from kafka import TopicPartition

from groundswell.record import Status
from pipeline.webhook_settings import Subscription
from tests.unit.webhooks.desk import Desk, revision, subscription

EMPTY = {"article_count": 0, "articles": [], "source_count": 0}


def narrow() -> Subscription:
    return subscription(min_sources=3)


def interrupt(desk: Desk, how: str) -> None:
    """The process lives on, and reads again from where it has committed."""
    if how == "rebalance":
        desk.lost = {TopicPartition("stories", 0)}
    else:
        desk.delivery.start_over()
    desk.polled = desk.position()


def restarted(before: Desk) -> Desk:
    """Another process, on the same topic and from the same position."""
    desk = Desk(subscription=narrow())
    desk.topic, desk.polled, desk.sent = before.topic, before.position(), before.sent
    return desk


@pytest.mark.parametrize("how", ["rebalance", "lost connection"])
@pytest.mark.parametrize("hidden", [False, True])
def test_an_end_that_waited_is_told_although_it_had_to_be_read_again(how: str, hidden: bool) -> None:
    desk = Desk(subscription=narrow())
    desk.publish(revision("a", 1, source_count=3))
    desk.turn()
    desk.away = True
    desk.publish(revision("a", 2, source_count=2, status=Status.CLOSED, hidden=hidden))
    desk.turn()
    assert desk.position() == 1, "it waits"
    interrupt(desk, how)
    desk.away = False
    desk.turn(2, after_s=600)
    assert desk.sent == ["a.1", "a.2"]
    assert desk.position() == 2


@pytest.mark.parametrize("changes", [{"hidden": True}, {}], ids=["hidden", "withdrawn"])
def test_that_nothing_is_left_of_a_closed_story_is_told_after_a_restart_too(changes: dict[str, Any]) -> None:
    """What was said before may have been compacted away: of a story only the last record is sure to be read."""
    desk = Desk(subscription=narrow())
    desk.publish(revision("a", 1, source_count=3))
    desk.turn()
    desk = restarted(desk)
    desk.publish(revision("a", 3, status=Status.CLOSED, **EMPTY, **changes))
    desk.turn()
    assert desk.sent == ["a.1", "a.3"]


def test_the_end_of_a_story_that_was_never_told_of_is_kept_back() -> None:
    desk = Desk(subscription=narrow())
    desk.publish(revision("a", 1, source_count=2), revision("a", 2, source_count=2, status=Status.CLOSED))
    desk.turn()
    assert desk.sent == []
    assert desk.position() == 2


def test_an_editors_word_after_the_end_is_told_to_whoever_has_the_story() -> None:
    desk = Desk(subscription=narrow())
    desk.publish(
        revision("a", 1, source_count=3),
        revision("a", 2, source_count=2, status=Status.CLOSED),
        revision("a", 3, source_count=1, status=Status.CLOSED),
    )
    desk.turn(3)
    assert desk.sent == ["a.1", "a.2", "a.3"]


GROWTH = st.tuples(st.just(Status.ACTIVE), st.sampled_from([2, 3]))
END = st.tuples(st.just(Status.CLOSED), st.sampled_from([0, 2, 3]))
BREAK = st.tuples(st.sampled_from(["rebalance", "lost connection"]), st.none())


@example([((Status.ACTIVE, 3), False), ((Status.CLOSED, 2), True), (("lost connection", None), True)])
@given(st.lists(st.tuples(GROWTH | END | BREAK, st.booleans()), max_size=8))
def test_whatever_interrupts_it_the_last_record_of_a_story_that_was_told_of_is_told(doings: list[Any]) -> None:
    desk = Desk(subscription=narrow())
    last, closed = 0, False
    for (what, sources), desk.away in doings:
        if sources is None:
            interrupt(desk, what)
        elif not closed:
            last, closed = last + 1, what is Status.CLOSED
            desk.publish(revision("a", last, source_count=sources, status=what))
        desk.turn(after_s=600)
    desk.away = False
    desk.turn(20, after_s=600)
    assert desk.sent == [] or desk.sent[-1] == f"a.{last}"
    assert desk.position() == len(desk.topic)
