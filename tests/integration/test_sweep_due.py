"""A sweep is due where the store says that something was never swept, whoever applied it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.positions import Positions
from pipeline.testing.clock import Clock
from tests.support.clusterer_bench import Bench, MakeBench, good
from tests.support.samples import article
from tests.unit.clusterer.fakes import FakeRecord, at

PAUSE_S = 2.0
CAME_AT_MS = 1_741_000_000_000
HISTORY = [
    FakeRecord(0, number, CAME_AT_MS, article(number, title=title, published_at=f"2025-{month}-01T08:00:00Z"))
    for number, (title, month) in enumerate([("Floods", "01"), ("Comet", "02"), ("Comet", "02")])
]
"""Of three articles that come at once the first is a month older: its story is over, which a sweep finds."""

MakeSweeping = Callable[[], Bench]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("consumers.clusterer.sweep_times.time.monotonic", clock)
    return clock


@pytest.fixture
def sweeping(bench: MakeBench, clock: Clock) -> MakeSweeping:
    return lambda: bench(sweep_idle_s=PAUSE_S)


def swept(one: Bench) -> tuple[int, int]:
    """How many came in, and how many of them a sweep has looked at."""
    counters = one.positions.counters()
    return counters["in"], counters["swept"]


def pause(clock: Clock, *benches: Bench, turns: int = 3) -> None:
    """Nothing comes for so many times `sweep_idle_s`."""
    for _ in range(turns):
        clock.now += PAUSE_S
        for each in benches:
            each.clusterer.step()


def sweeps(one: Bench) -> list[int]:
    """One more for each sweep of this clusterer from now on."""
    made: list[int] = []
    one.after_commit(lambda batch: made.append(1) if not batch.claims else None)
    return made


def test_what_a_killed_clusterer_did_not_live_to_sweep_its_heir_sweeps(
    sweeping: MakeSweeping, clock: Clock
) -> None:
    one = sweeping()
    one.take(*HISTORY)
    assert swept(one) == (3, 0)
    heir = sweeping()
    pause(clock, heir)
    assert swept(one) == (3, 3)
    assert len(one.stories.live_ids()) == 1, "the old story is closed"


def test_a_sweep_that_redis_lost_is_made_again(sweeping: MakeSweeping, clock: Clock) -> None:
    one = sweeping()
    one.take(*HISTORY)
    prefix = Keys(one.edition).prefix
    held = {key: one.redis.dump(key) or b"" for key in one.redis.scan_iter(match=f"{prefix}*")}
    pause(clock, one)
    assert swept(one) == (3, 3)
    one.redis.delete(*one.redis.scan_iter(match=f"{prefix}*"))
    for key, value in held.items():
        if key != f"{prefix}server".encode():  # which incarnation it is
            one.redis.restore(key, 0, value)
    assert swept(one) == (3, 0)
    pause(clock, one)
    assert swept(one) == (3, 3)
    assert len(one.stories.live_ids()) == 1, "the old story is closed again"


def test_a_sweep_that_another_made_is_not_made_again(sweeping: MakeSweeping, clock: Clock) -> None:
    one, other, spare = sweeping(), sweeping(), sweeping()
    one.take(good(0, 0))
    other.take(good(1, 0))
    made = [sweeps(each) for each in (one, other, spare)]
    pause(clock, one, other, spare)
    assert [len(each) for each in made] == [1, 0, 0]


def test_while_others_are_at_work_nobody_sweeps_for_them(sweeping: MakeSweeping, clock: Clock) -> None:
    busy, idle = sweeping(), sweeping()
    made = sweeps(idle)
    for offset in range(4):
        busy.take(good(0, offset))
        pause(clock, idle, turns=1)
    assert made == []
    pause(clock, idle, turns=1)
    assert made == [1]


def test_in_a_pause_the_store_is_asked_once_in_the_time_between_two_sweeps(
    sweeping: MakeSweeping, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = sweeping()
    one.take(good(0, 0))
    pause(clock, one)
    counters, asked = Positions.counters, list[float]()

    def heard(positions: Positions) -> dict[str, int]:
        asked.append(clock.now)
        return counters(positions)

    monkeypatch.setattr(Positions, "counters", heard)
    begin = clock.now
    for _ in range(40):
        clock.now += PAUSE_S / 8
        one.clusterer.step()
    assert asked == [begin + PAUSE_S * number for number in range(1, 6)]


def test_a_clusterer_without_partitions_leaves_the_sweep_to_those_that_have_some(
    sweeping: MakeSweeping, clock: Clock
) -> None:
    one, spare = sweeping(), sweeping()
    one.take(good(0, 0))
    spare.consumer.listener.on_partitions_revoked([at(0), at(1)])
    pause(clock, spare)
    assert swept(one) == (1, 0)
    pause(clock, one)
    assert swept(one) == (1, 1)
