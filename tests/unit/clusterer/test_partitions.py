"""Which records a clusterer takes next: from the store's position on, all partitions merged by time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from kafka.errors import CommitFailedError, OffsetOutOfRangeError

from consumers.clusterer.input_log import LostInputError
from consumers.clusterer.partitions import BATCH_BYTES, BUFFERED_RECORDS
from tests.unit.clusterer.fakes import FakePositions, FakeRecord, at
from tests.unit.clusterer.partitions_bench import Bench, records


def test_partitions_are_merged_by_the_timestamp_of_their_records() -> None:
    bench = Bench(FakePositions(), 0, 1)
    bench.consumer.feed(*records(0, 10, 40, 50), *records(1, 20, 30, 60))
    taken = [bench.poll(max_records=1) for _ in range(7)]
    assert taken == [{0: [0]}, {1: [0]}, {1: [1]}, {0: [1]}, {0: [2]}, {1: [2]}, {}]


def test_a_partition_that_lies_hours_behind_is_read_first() -> None:
    bench = Bench(FakePositions(), 0, 1)
    bench.consumer.feed(*records(0, 9_000, 9_001), *records(1, 1, 2, 3))
    assert bench.poll(max_records=3) == {1: [0, 1, 2]}
    assert bench.poll(max_records=3) == {0: [0, 1]}


def test_a_record_dated_ahead_waits_for_what_was_there_and_for_nothing_that_came_later() -> None:
    bench, hour_ms = Bench(FakePositions(), 0, 1), 3_600_000
    bench.consumer.feed(*records(0, 4_102_444_800_000), *records(1, 1, 2))
    assert [bench.poll(max_records=1) for _ in range(2)] == [{1: [0]}, {1: [1]}]
    bench.consumer.feed(*records(1, *[int(time.time() * 1_000) + hour_ms] * 2, start=2))
    assert bench.poll(max_records=1) == {0: [0]}


def test_records_of_one_partition_stay_in_order_whatever_their_timestamps_say() -> None:
    bench = Bench(FakePositions(), 0)
    bench.consumer.feed(*records(0, 30, 10, 20))
    assert bench.poll() == {0: [0, 1, 2]}


def test_a_new_partition_is_read_from_the_stores_position_and_not_from_kafkas() -> None:
    bench = Bench(FakePositions(p0=7), 0)
    assert bench.consumer.sought == [(0, 7)]
    assert bench.partitions.positions == {at(0): 7}
    assert bench.told == [[at(0)]]
    bench.consumer.feed(*records(0, 1, 2, 3, start=6))
    assert bench.poll() == {0: [7, 8]}, "what stands before the position was applied already"


def test_a_partition_that_the_store_does_not_know_begins_where_the_topic_does() -> None:
    bench = Bench(FakePositions())
    bench.consumer.beginnings = {at(2): 5}
    bench.consumer.listener.on_partitions_assigned([at(2)])
    bench.partitions.fetch(0.0, 1)
    assert bench.partitions.positions == {at(2): 5}


def test_what_comes_before_the_seek_is_dropped() -> None:
    bench = Bench(FakePositions(p0=3))
    bench.consumer.listener.on_partitions_assigned([at(0)])
    bench.consumer.feed(*records(0, 1, 2, start=3))
    assert bench.poll() == {}


def test_records_that_come_twice_are_taken_once_and_a_gap_is_no_loss() -> None:
    bench = Bench(FakePositions(), 0)
    bench.consumer.feed(*records(0, 1, 2))
    bench.consumer.feed(*records(0, 1, 2, 3), *records(0, 9, start=7))
    bench.poll(max_records=1)
    assert bench.poll() == {0: [1, 2, 7]}


def test_a_revoked_partition_is_forgotten_with_what_was_buffered_of_it() -> None:
    bench = Bench(FakePositions(), 0, 1)
    bench.consumer.feed(*records(0, 1, 2), *records(1, 3))
    bench.poll(max_records=1)
    bench.consumer.listener.on_partitions_revoked([at(0)])
    assert bench.partitions.positions == {at(1): 0}
    assert bench.poll() == {1: [0]}
    bench.consumer.marks = {at(0): 9}
    assert bench.partitions.waiting() == 0
    bench.partitions.advance(at(0), 9)
    assert bench.partitions.positions == {at(1): 0}, "a partition that is gone does not come back by advancing"


def test_a_partition_that_is_revoked_before_it_was_ever_read_is_not_sought() -> None:
    bench = Bench(FakePositions())
    bench.consumer.listener.on_partitions_assigned([at(0)])
    bench.consumer.listener.on_partitions_revoked([at(0)])
    bench.poll()
    assert bench.consumer.sought == []


def test_going_back_reads_everything_again_from_where_the_store_stands() -> None:
    positions = FakePositions(p0=4, p1=2)
    bench = Bench(positions, 0, 1)
    bench.consumer.feed(*records(0, 1, 2, start=4), *records(1, 3, start=2))
    bench.poll(max_records=1)
    positions.stored = {0: 3, 1: 1}
    bench.partitions.go_back()
    assert bench.partitions.positions == {at(0): 3, at(1): 1}
    assert bench.consumer.sought[-2:] == [(0, 3), (1, 1)]
    assert bench.poll() == {}, "what was buffered is read again"


def test_a_full_buffer_pauses_its_partition_until_half_of_it_is_taken() -> None:
    bench = Bench(FakePositions(), 0, 1)
    bench.consumer.feed(*records(0, *range(BUFFERED_RECORDS)))
    bench.poll(max_records=1)
    assert bench.consumer.paused() == {at(0)}
    bench.poll(max_records=BUFFERED_RECORDS // 2 - 1)
    assert bench.consumer.paused() == {at(0)}
    bench.poll(max_records=1)
    assert bench.consumer.paused() == set()


def test_one_record_less_than_a_full_buffer_pauses_nothing() -> None:
    bench = Bench(FakePositions(), 0)
    bench.consumer.feed(*records(0, *range(BUFFERED_RECORDS - 1)))
    bench.poll(max_records=1)
    assert bench.consumer.paused() == set()


def test_a_sought_partition_is_no_longer_paused() -> None:
    bench = Bench(FakePositions(), 0)
    bench.consumer.pause(at(0))
    bench.partitions.go_back()
    assert bench.consumer.paused() == set()


def test_where_a_batch_is_buffered_the_broker_is_not_waited_for() -> None:
    bench = Bench(FakePositions(), 0, 1)
    bench.consumer.feed(*records(0, *range(8)))
    for _ in range(3):
        bench.partitions.fetch(0.25, 4)
        bench.partitions.take(4)
    assert bench.consumer.asked[-3:] == [(250, 8), (0, 8), (250, 8)], "four for each of two partitions"


def test_lag_is_what_lies_between_the_positions_and_the_high_water_marks() -> None:
    bench = Bench(FakePositions(p0=4, p1=9, p2=0), 0, 1, 2)
    bench.consumer.marks = {at(0): 10, at(1): 8, at(2): None}
    assert bench.partitions.lag() == 6
    bench.partitions.advance(at(0), 9)
    assert bench.partitions.lag() == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_records_of_one_moment_the_lower_partition_comes_first(order: tuple[int, ...]) -> None:
    bench = Bench(FakePositions(), 0, 1)
    bench.consumer.feed(*(each for partition in order for each in records(partition, 5)))
    assert bench.poll(max_records=1) == {0: [0]}


def test_what_is_under_way_is_not_taken_again_and_the_position_waits_for_it() -> None:
    bench = Bench(FakePositions(), 0)
    bench.consumer.feed(*records(0, 1, 2))
    bench.consumer.feed(*records(0, 1, 2, 3))
    assert bench.poll() == {0: [0, 1]}
    assert bench.poll() == {0: [2]}
    assert bench.partitions.positions == {at(0): 0}


def test_each_batch_starts_where_the_one_before_it_ends() -> None:
    bench = Bench(FakePositions(p0=4), 0)
    bench.consumer.feed(*records(0, 1, 2, 3, start=4))
    bench.partitions.fetch(0.0, 2)
    starts = [taken.starts for _ in range(2) if (taken := bench.partitions.take(2))]
    assert starts == [{at(0): 4}, {at(0): 6}]


@pytest.mark.parametrize(
    ("event", "held"),
    [
        (lambda bench: bench.consumer.listener.on_partitions_revoked([at(0)]), False),
        (lambda bench: bench.partitions.go_back(), False),
        (lambda bench: bench.consumer.listener.on_partitions_revoked([at(1)]), True),
        (lambda bench: bench.consumer.listener.on_partitions_assigned([at(2)]), True),
        (lambda bench: None, True),
    ],
    ids=["its partition goes", "it is read again", "another one goes", "another one comes", "nothing"],
)
def test_what_is_under_way_may_be_applied_unless_it_is_to_be_read_again(
    event: Callable[[Bench], None], held: bool
) -> None:
    bench = Bench(FakePositions(), 0, 1)
    bench.consumer.feed(*records(0, 1))
    bench.partitions.fetch(0.0, 1)
    taken = bench.partitions.take(1)
    assert taken is not None
    event(bench)
    bench.partitions.fetch(0.0, 1)
    assert bench.partitions.holds(taken) is held


def test_very_long_records_make_a_short_batch() -> None:
    bench = Bench(FakePositions(), 0)
    bench.consumer.feed(*(FakeRecord(0, number, number, b" " * (BATCH_BYTES // 2)) for number in range(5)))
    assert bench.poll() == {0: [0, 1]}


def test_where_the_broker_reads_no_further_what_is_under_way_comes_first_and_others_lose_nothing() -> None:
    bench = Bench(FakePositions(p0=4, p1=2), 0, 1)
    bench.consumer.feed(*records(0, 1, 2, start=4), *records(1, 3, start=2))
    bench.partitions.fetch(0.0, 2)
    under_way = bench.partitions.take(1)
    bench.consumer.sought.clear()
    bench.consumer.fail(OffsetOutOfRangeError({at(0): 6, at(7): 1}))
    bench.partitions.fetch(0.0, 2)
    assert sorted(bench.consumer.sought) == [(0, 6), (1, 3)], "behind what is buffered"
    assert bench.consumer.paused() == {at(0)}, "the other is no partition of ours"
    bench.consumer.fail(OffsetOutOfRangeError({at(1): 3}))
    bench.partitions.fetch(0.0, 2)
    assert bench.consumer.paused() == {at(0), at(1)}
    assert bench.poll() == {0: [5], 1: [2]}
    assert under_way is not None
    assert bench.partitions.holds(under_way)
    bench.partitions.advance(at(0), 6)
    with pytest.raises(LostInputError, match="truncated, partitions 0, "):
        bench.partitions.fetch(0.0, 2)


def test_a_partition_that_comes_back_is_no_longer_refused_and_begins_at_its_position() -> None:
    bench = Bench(FakePositions(p0=4), 0)
    bench.consumer.feed(*records(0, 1, 2, start=4))
    bench.poll(max_records=1)
    bench.consumer.fail(OffsetOutOfRangeError({at(0): 6}))
    bench.partitions.fetch(0.0, 1)
    bench.consumer.listener.on_partitions_revoked([at(0)])
    assert bench.partitions.waiting() == 0
    bench.consumer.listener.on_partitions_assigned([at(0)])
    bench.partitions.fetch(0.0, 1)
    assert bench.partitions.positions == {at(0): 4}
    bench.consumer.feed(*records(0, 1, 2, start=4))
    assert bench.poll() == {0: [4, 5]}


def test_partitions_that_come_one_after_the_other_are_all_read() -> None:
    bench = Bench(FakePositions(p0=4, p1=2))
    bench.consumer.listener.on_partitions_assigned([at(0)])
    bench.consumer.listener.on_partitions_assigned([at(1)])
    bench.partitions.fetch(0.0, 1)
    assert bench.partitions.positions == {at(0): 4, at(1): 2}


def test_what_was_under_way_stays_void_however_often_something_is_read_again() -> None:
    bench = Bench(FakePositions(), 0)
    bench.consumer.feed(*records(0, 1, 2))
    bench.partitions.fetch(0.0, 1)
    voided = []
    for _ in range(3):
        bench.consumer.feed(*records(0, 1, 2))
        bench.partitions.fetch(0.0, 1)
        voided.append(bench.partitions.take(1))
        bench.partitions.go_back()
    assert [bench.partitions.holds(each) for each in voided if each] == [False] * 3


@contextmanager
def group_moving_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever seeks positions within is told that the group has new members."""

    def moving_on(*_: object) -> None:
        raise CommitFailedError

    with monkeypatch.context() as patch:
        patch.setattr(bench.partitions._log, "starts", moving_on)
        yield


def test_where_the_group_moves_on_meanwhile_positions_are_sought_at_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(FakePositions(p0=4, p1=2), 0)

    bench.consumer.listener.on_partitions_assigned([at(1)])
    with group_moving_on(bench, monkeypatch):
        bench.partitions.fetch(0.0, 1)
    assert bench.partitions.positions == {at(0): 4}
    bench.partitions.fetch(0.0, 1)
    assert bench.partitions.positions == {at(0): 4, at(1): 2}


def test_partitions_that_the_group_took_away_meanwhile_are_sought_beside_those_that_are_new(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench(FakePositions(p0=4, p1=2), 0)

    bench.consumer.listener.on_partitions_assigned([at(1)])
    with group_moving_on(bench, monkeypatch):
        bench.partitions.go_back()
    assert bench.partitions.positions == {}
    bench.partitions.fetch(0.0, 1)
    assert bench.partitions.positions == {at(0): 4, at(1): 2}


def test_records_of_this_minute_are_merged_by_their_milliseconds_and_empty_ones_too() -> None:
    bench, now_ms = Bench(FakePositions(), 0, 1), int(time.time() * 1_000)
    bench.consumer.feed(FakeRecord(0, 0, now_ms - 1_000, None), *records(1, now_ms - 2_000))
    assert [bench.poll(max_records=1) for _ in range(2)] == [{1: [0]}, {0: [0]}]
