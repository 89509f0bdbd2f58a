"""What one receiver gets, in what order, and what is committed meanwhile."""

from __future__ import annotations

import pytest
from kafka import TopicPartition

from consumers.webhooks.receiver import Fate
from groundswell.record import Reason, Side, Status
from pipeline.webhook_settings import StoryEvent
from tests.unit.webhooks.desk import DAY_S, Desk, revision, subscription


def test_events_of_a_story_come_in_order_and_the_position_follows() -> None:
    desk = Desk()
    desk.publish(revision("a", 1), revision("b", 1), revision("a", 2))
    desk.turn(2)
    assert [each for each in desk.sent if each[0] == "a"] == ["a.1", "a.2"]
    assert sorted(desk.sent) == ["a.1", "a.2", "b.1"]
    assert desk.position() == 3


def test_a_refused_event_holds_up_its_own_story_alone_and_its_position_is_not_committed() -> None:
    desk = Desk()
    desk.answers["a.1"] = Fate.REFUSED
    desk.publish(revision("a", 1), revision("a", 2), revision("b", 1))
    desk.turn(3)
    assert desk.sent == ["b.1"]
    assert desk.position() == 0
    del desk.answers["a.1"]
    desk.turn(2, after_s=10)
    assert desk.sent == ["b.1", "a.1", "a.2"]
    assert desk.position() == 3


def test_a_receiver_that_is_away_is_asked_ever_more_rarely_with_one_event() -> None:
    desk = Desk(retry_s=1.0, max_retry_s=64.0)
    desk.away = True
    desk.publish(*(revision(f"s{number}", 1) for number in range(30)))
    desk.turn()
    first = tries(desk)
    for _ in range(600):
        desk.turn(after_s=1.0)
    assert tries(desk) - first < 30
    assert desk.metrics.registry.get_sample_value(
        "groundswell_webhooks_failing_since_timestamp_seconds", {"subscription": "desk"}
    )
    desk.away = False
    desk.turn(20, after_s=64.0)
    assert len(desk.sent) == 30
    assert desk.position() == 30


def test_a_receiver_hears_that_a_story_was_taken_back_whatever_its_filter_says() -> None:
    desk = Desk(subscription=subscription(min_sources=9, events=(StoryEvent.HIDDEN,)))
    desk.publish(revision("a", 1), revision("a", 2, hidden=True, article_count=0, articles=[], source_count=0))
    desk.turn(2)
    assert desk.sent == ["a.2"]


def tries(desk: Desk) -> float:
    labels = {"subscription": "desk", "outcome": "away"}
    return desk.metrics.registry.get_sample_value("groundswell_webhooks_tries_total", labels) or 0.0


def test_memory_is_bounded_while_a_receiver_is_away_and_the_rest_waits_on_the_topic() -> None:
    desk = Desk(max_waiting=10)
    desk.away = True
    desk.publish(*(revision(f"s{number}", 1) for number in range(50)))
    desk.turn(5)
    assert desk.polled == 10
    desk.away = False
    desk.turn(30, after_s=600)
    assert len(desk.sent) == 50


def test_after_a_day_an_event_is_parked_in_order_and_its_position_is_committed() -> None:
    desk = Desk(max_waiting=2)
    desk.away = True
    desk.publish(revision("a", 1), revision("a", 2), revision("b", 1))
    desk.turn()
    desk.turn(after_s=DAY_S / 2)
    desk.publish(revision("c", 1))
    assert desk.parked == []
    desk.turn(6, after_s=DAY_S / 2)
    assert desk.parked == ["a.1", "a.2", "b.1"]  # c is only half a day old
    assert desk.position() == 3
    desk.away = False
    desk.turn(2, after_s=600)
    assert desk.sent == ["c.1"]


def test_an_old_record_that_comes_late_has_its_day_too() -> None:
    desk = Desk()
    desk.publish(revision("old", 1))
    desk.now_s += 30 * DAY_S
    desk.answers["old.1"] = Fate.REFUSED
    desk.turn(2)
    assert desk.parked == []
    desk.turn(after_s=DAY_S)
    assert desk.parked == ["old.1"]


def test_what_was_sent_is_not_sent_again_when_a_partition_comes_back_and_what_waited_is() -> None:
    desk = Desk()
    desk.answers["a.1"] = Fate.REFUSED
    desk.publish(revision("a", 1), revision("b", 1))
    desk.turn()
    desk.lost, desk.polled = {TopicPartition("stories", 0)}, 0
    del desk.answers["a.1"]
    desk.turn(2)
    assert desk.sent == ["b.1", "a.1"]
    assert desk.position() == 2


def test_after_a_lost_connection_what_waited_is_read_again() -> None:
    desk = Desk()
    desk.answers["a.1"] = Fate.REFUSED
    desk.publish(revision("b", 1), revision("a", 1))
    desk.turn()
    desk.delivery.start_over()
    desk.polled = desk.position()
    del desk.answers["a.1"]
    desk.turn(2)
    assert desk.sent == ["b.1", "a.1"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({"events": (StoryEvent.OPENED,)}, ["a.1"]),
        ({"events": (StoryEvent.CLOSED,)}, ["a.3"]),
        ({"languages": ("de",)}, ["gone.2"]),
        ({"min_sources": 1}, ["a.1", "a.2", "a.3", "gone.2"]),
        ({"countries": ("zz",)}, ["gone.2"]),
        ({"topics": ("sport",)}, ["gone.2"]),
        ({"blindspots": (Side.LEFT,)}, ["gone.2"]),
    ],
)
def test_a_subscription_gets_what_it_asks_for_and_every_end_by_merging(
    chosen: dict[str, object], expected: list[str]
) -> None:
    desk = Desk(subscription=subscription(**chosen))
    desk.publish(
        revision("a", 1, revision_reasons=[Reason.OPENED]),
        revision("a", 2),
        revision("a", 3, status=Status.CLOSED, revision_reasons=[Reason.CLOSED]),
        revision("gone", 2, status=Status.MERGED, merged_into="a", revision_reasons=[Reason.MERGED]),
    )
    desk.turn(4)
    assert sorted(desk.sent) == expected
    assert desk.position() == 4


def test_a_record_that_can_not_be_read_is_passed_over() -> None:
    desk = Desk()
    desk.publish(revision("a", 1))
    desk.topic[0].value = b"{"
    desk.publish(revision("b", 1))
    desk.turn(2)
    assert desk.sent == ["b.1"]
    assert desk.position() == 2
