"""Records are taken while it is known that they are of the topic that the positions belong to."""

from __future__ import annotations

import time

import pytest
from kafka.errors import KafkaConnectionError, NodeNotReadyError
from structlog.testing import capture_logs

from consumers.clusterer.input_log import LostInputError
from consumers.clusterer.partitions import LOOK_EVERY_S
from tests.unit.clusterer.fakes import FakePositions, at
from tests.unit.clusterer.partitions_bench import Bench, records


def test_of_a_topic_that_was_replaced_what_is_under_way_is_applied_first() -> None:
    ids = ["the first"]
    bench = Bench(FakePositions(), 0, topic_id=lambda: ids[-1])
    bench.consumer.feed(*records(0, 1, 2))
    bench.partitions.fetch(0.0, 2)
    taken = bench.partitions.take(2)
    ids.append("the second")
    bench.consumer.feed(*records(0, 7, start=2))
    assert bench.poll() == {}
    assert taken is not None
    assert bench.partitions.holds(taken)
    bench.partitions.advance(at(0), 2)
    with pytest.raises(LostInputError):
        bench.poll()


def test_a_topic_that_gives_nothing_is_looked_at_from_time_to_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ids, now = ["the first"], [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    bench = Bench(FakePositions(), 0, topic_id=lambda: ids[-1])
    ids.append("the second")
    now[0] = LOOK_EVERY_S - 0.1
    assert bench.poll() == {}
    now[0] = LOOK_EVERY_S
    with pytest.raises(LostInputError):
        bench.poll()


def test_who_does_not_answer_while_nothing_comes_is_asked_again_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, now = [0], [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def topic_id() -> str:
        asked[0] += 1
        if asked[0] > 1:
            raise NodeNotReadyError
        return "the only one"

    bench = Bench(FakePositions(), 0, topic_id=topic_id)
    for now[0] in (LOOK_EVERY_S, LOOK_EVERY_S + 0.1, 2 * LOOK_EVERY_S):
        assert bench.poll() == {}
    assert asked == [1 + 2]


def test_records_wait_while_nobody_says_whose_topic_it_is_and_the_log_says_so_once() -> None:
    away = [False]

    def topic_id() -> str:
        if away[0]:
            raise NodeNotReadyError
        return "the only one"

    bench = Bench(FakePositions(), 0, topic_id=topic_id)
    for outage in (1, 2):
        bench.consumer.feed(*records(0, 1, 2, start=2 * (outage - 1)))
        away[0] = True
        with capture_logs() as logs:
            assert [bench.poll() for _ in range(5)] == [{}] * 5
        assert [each["event"] for each in logs] == ["topic not looked at, its records wait"]
        away[0] = False
        assert sum(map(len, bench.poll().values())) == 2


def test_while_nobody_says_whether_the_topic_is_ours_its_records_wait() -> None:
    answers: list[str | None] = ["ours", None, "ours"]

    def ask() -> str:
        answer = answers.pop(0)
        if answer is None:
            raise KafkaConnectionError("away")
        return answer

    bench = Bench(FakePositions(), 0, topic_id=ask)
    bench.consumer.feed(*records(0, 1, 2))
    assert bench.poll() == {}
    taken = bench.partitions.take(9)
    assert taken is not None
    assert (taken.topic_id, len(taken.records[at(0)])) == ("ours", 2)
    assert answers == []
