"""The publisher's loop: which shards it takes, and what it does with one that is lost."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import cast

import pytest
from kafka.errors import KafkaError

from consumers.publisher.convergence import Convergence
from consumers.publisher.hold import ShardLostError
from consumers.publisher.publisher_metrics import PublisherMetrics
from consumers.publisher.shard import Shard
from consumers.publisher.worker import LOOK_S, Publisher
from pipeline.adapters.store.roster import Roster
from pipeline.runtime.vigil import Vigil
from pipeline.testing.clock import Clock
from tests.support.waiting import eventually

RETRY_S = 10.0


class FakeShard:
    """Publishes two records a turn, until it is lost."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.oldest_s = 1.5 + number
        self.lost = False
        self.ended: str | None = None

    def publish_due(self) -> int:
        if self.lost:
            raise ShardLostError("taken")
        return 2

    def waiting(self) -> int:
        return 5

    def keep(self) -> None: ...

    def close(self) -> None:
        self.ended = "closed"

    def abandon(self) -> None:
        self.ended = "abandoned"


class Shards:
    """Every shard of the outbox; those in `refused` are held by others, those in `broken` fail to open."""

    def __init__(self) -> None:
        self.refused: set[int] = set()
        self.broken: set[int] = set()
        self.made: list[FakeShard] = []
        self.asked: list[int] = []

    def take(self, number: int) -> Shard | None:
        self.asked.append(number)
        if number in self.broken:
            raise KafkaError("not now")
        if number in self.refused:
            return None
        self.made.append(FakeShard(number))
        return cast(Shard, self.made[-1])


class FakeConvergence:
    """Redis is what it was, or was started again and is not ready yet."""

    def __init__(self, ready: bool = True) -> None:
        self.ready = ready

    def server_is_ready(self) -> bool:
        return self.ready

    def step(self, shards: Collection[int], alive: Callable[[], None]) -> set[int]:
        return set(shards)


class FakeRoster:
    """Grants a share; by default all shards."""

    def __init__(self, share: int | None = None) -> None:
        self.granted = share
        self.left = False

    def share(self, shards: int) -> int:
        self.left = False
        return shards if self.granted is None else self.granted

    def keep(self) -> None: ...

    def leave(self) -> None:
        self.left = True


@pytest.fixture
def shards() -> Shards:
    return Shards()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("consumers.publisher.worker.time.monotonic", made)
    return made


def publisher(
    shards: Shards, metrics: PublisherMetrics | None = None, count: int = 3, *, roster: FakeRoster | None = None,
    convergence: FakeConvergence | None = None, vigil: Vigil | None = None,
    kafka_is_there: Callable[[], bool] = lambda: True,
) -> Publisher:  # fmt: skip
    settled = cast(Convergence, convergence or FakeConvergence())
    return Publisher(
        count, shards.take, cast(Roster, roster or FakeRoster()), settled, metrics or PublisherMetrics(),
        retry_s=RETRY_S, vigil=vigil, kafka_is_there=kafka_is_there,
    )  # fmt: skip


def test_a_shard_that_is_not_settled_with_its_topic_publishes_nothing(shards: Shards) -> None:
    class Unsettled(FakeConvergence):
        def step(self, shards: Collection[int], alive: Callable[[], None]) -> set[int]:
            return set(shards) - {0}

    one = publisher(shards, count=2, convergence=Unsettled())
    assert [one.step(), one.step()] == [0, 2]
    assert one.held == 2


def test_nothing_is_taken_while_redis_still_writes_its_file_anew(shards: Shards) -> None:
    assert publisher(shards, convergence=FakeConvergence(ready=False)).step() == 0
    assert shards.asked == []


def test_a_publisher_shows_that_it_lives_while_it_compares_stories_with_their_topic(shards: Shards) -> None:
    class Slow(FakeConvergence):
        def step(self, shards: Collection[int], alive: Callable[[], None]) -> set[int]:
            alive()
            before = len(beats)
            eventually(lambda: len(beats) > before, timeout_s=10, pause_s=0.01)
            return set(shards)

    beats: list[None] = []
    with Vigil(0.01, lambda: beats.append(None)) as vigil:
        assert publisher(shards, count=1, convergence=Slow(), vigil=vigil).step() == 2


def test_one_free_shard_is_taken_a_turn_so_that_publishers_share_them(shards: Shards) -> None:
    one = publisher(shards)
    assert [(one.step(), one.held) for _ in range(4)] == [(2, 1), (4, 2), (6, 3), (6, 3)]
    assert [each.number for each in shards.made] == [0, 1, 2]


def test_a_shard_that_another_holds_is_asked_for_again_only_after_a_while(shards: Shards, clock: Clock) -> None:
    shards.refused = {0, 1, 2}
    one = publisher(shards)
    one.step()
    clock.now += LOOK_S - 0.1
    one.step()
    assert shards.asked == [0, 1, 2]
    clock.now += 0.1
    shards.refused = {0, 2}
    one.step()
    assert shards.asked == [0, 1, 2, 0, 1]
    assert one.held == 1


def test_a_shard_whose_producer_does_not_open_is_no_obstacle_for_the_next(shards: Shards) -> None:
    shards.broken = {0}
    one = publisher(shards)
    assert [one.step(), one.step()] == [0, 2]
    assert shards.made[0].number == 1


def test_no_shard_above_its_share_is_taken_although_it_is_free(shards: Shards) -> None:
    one = publisher(shards, roster=FakeRoster(share=1))
    assert [(one.step(), one.held) for _ in range(3)] == [(2, 1)] * 3
    assert shards.asked == [0]


def test_what_is_above_its_share_is_given_back_after_a_round_of_it_one_a_turn(shards: Shards) -> None:
    roster = FakeRoster()
    one = publisher(shards, roster=roster)
    for _ in range(3):
        one.step()
    roster.granted = 1
    assert [(one.step(), one.held) for _ in range(3)] == [(6, 2), (4, 1), (2, 1)], "each published before it went"
    assert [each.ended for each in shards.made] == [None, "closed", "closed"]


def test_a_shard_that_was_given_back_is_left_to_others_for_a_look(shards: Shards, clock: Clock) -> None:
    roster = FakeRoster()
    one = publisher(shards, count=2, roster=roster)
    one.step()
    one.step()
    roster.granted = 1
    one.step()
    roster.granted = 2
    clock.now += LOOK_S - 0.1
    one.step()
    assert shards.asked == [0, 1]
    clock.now += 0.1
    one.step()
    assert (shards.asked, one.held) == ([0, 1, 1], 2)


def test_a_publisher_without_kafka_holds_nothing_and_opens_its_shards_anew_afterwards(shards: Shards) -> None:
    roster, there, metrics = FakeRoster(), [True], PublisherMetrics()
    one = publisher(shards, metrics, count=1, roster=roster, kafka_is_there=lambda: there[0])
    one.step()
    there[0] = False
    assert one.step() == 0
    assert (one.held, roster.left, shards.made[0].ended) == (0, True, "abandoned")
    assert metrics.shards_held._value.get() == 0
    there[0] = True
    assert one.step() == 2
    assert (roster.left, len(shards.made)) == (False, 2)


def test_a_publisher_that_ends_leaves_so_that_others_need_not_wait(shards: Shards) -> None:
    roster = FakeRoster()
    one = publisher(shards, roster=roster)
    one.step()
    one.close()
    assert roster.left


def test_a_lost_shard_is_let_go_counted_and_taken_again_after_a_while(shards: Shards, clock: Clock) -> None:
    metrics = PublisherMetrics()
    one = publisher(shards, metrics, count=1)
    one.step()
    shards.made[0].lost = True
    assert one.step() == 0
    assert (one.held, shards.made[0].ended) == (0, "abandoned")
    assert metrics.fenced._value.get() == 1
    clock.now += RETRY_S - 0.1
    assert one.step() == 0
    clock.now += 0.1
    assert one.step() == 2
    assert len(shards.made) == 2


def test_a_lost_shard_does_not_keep_the_others_from_publishing(shards: Shards) -> None:
    one = publisher(shards, count=2)
    one.step()
    one.step()
    shards.made[0].lost = True
    assert one.step() == 2
    assert one.held == 1


def test_the_metrics_tell_what_is_held_what_waits_and_for_how_long(shards: Shards) -> None:
    metrics = PublisherMetrics()
    one = publisher(shards, metrics, count=2)
    one.step()
    one.step()
    gauges = (metrics.shards, metrics.shards_held, metrics.outbox_size, metrics.outbox_oldest)
    assert [each._value.get() for each in gauges] == [2, 2, 10, 2.5]


def test_where_nothing_is_held_nothing_waits(shards: Shards) -> None:
    shards.refused = {0, 1, 2}
    metrics = PublisherMetrics()
    publisher(shards, metrics).step()
    assert [each._value.get() for each in (metrics.outbox_size, metrics.outbox_oldest)] == [0, 0.0]


def test_a_publisher_that_stops_gives_all_its_shards_back(shards: Shards) -> None:
    one = publisher(shards, count=2)
    one.step()
    one.step()
    one.close()
    assert [each.ended for each in shards.made] == ["closed", "closed"]
    assert one.held == 0
