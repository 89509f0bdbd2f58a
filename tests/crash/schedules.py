"""What happens when: each fault at a share of the records applied."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.gaps import Gap
from pipeline.testing.faults import Fault, spread
from tests.crash.fleet import CLUSTERERS, PUBLISHERS, ROLES, Fleet

Schedule = tuple[Fault[Fleet], ...]

ZOMBIE_S = 8.0
"""Longer than a session of the group and a lease of a shard."""


def kill(*names: str) -> Callable[[Fleet], None]:
    """SIGKILL to each."""

    def strike(fleet: Fleet) -> None:
        for each in names:
            fleet.kill(each)

    return strike


def burst(seconds: float, pause_s: float) -> Callable[[Fleet], None]:
    """One role after the other, again and again."""

    def strike(fleet: Fleet) -> None:
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            fleet.kill(ROLES[number % len(ROLES)])
            number += 1
            time.sleep(pause_s)

    return strike


def kill_at(gap: Gap, name: str) -> Callable[[Fleet], None]:
    """In a named gap of the crash walk, not by luck."""
    return lambda fleet: fleet.kill_in_gap(name, gap)


def zombie(name: str) -> Callable[[Fleet], None]:
    """It hangs for so long that others take over, and then it goes on."""
    return lambda fleet: fleet.pause(name, ZOMBIE_S)


def kill_redis(fleet: Fleet) -> None:
    """Comes back with all that it had written."""
    fleet.restart_redis()


def lose_last_second(fleet: Fleet) -> None:
    """Comes back as it was a second ago, its file perhaps torn."""
    copy = fleet.copy_redis()
    time.sleep(1.0)
    fleet.restart_redis(holding=copy)


def lose_everything(fleet: Fleet) -> None:
    """Comes back empty."""
    fleet.restart_redis(nothing=True)


def flush(fleet: Fleet) -> None:
    """The same process, with nothing in it."""
    fleet.world.redis.flushall()


def full_disk(folder: Path, seconds: float) -> Callable[[Fleet], None]:
    """Where Redis keeps its file, there is no room for a while."""

    def strike(_: Fleet) -> None:
        ballast = folder / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb") as stream:
            while True:
                stream.write(bytes(65_536))
                stream.flush()
        time.sleep(seconds)
        ballast.unlink()

    return strike


def full_redis(seconds: float) -> Callable[[Fleet], None]:
    """Takes no writes for a while, since there is no memory left."""

    def strike(fleet: Fleet) -> None:
        fleet.world.redis.config_set("maxmemory", "1")
        time.sleep(seconds)
        fleet.world.redis.config_set("maxmemory", "0")

    return strike


def cut_network(seconds: float) -> Callable[[Fleet], None]:
    """Between the roles and Redis."""

    def strike(fleet: Fleet) -> None:
        fleet.proxy.cut()
        time.sleep(seconds)
        fleet.proxy.mend()

    return strike


def slow_network(seconds: float, delay_s: float) -> Callable[[Fleet], None]:
    """Between the roles and Redis: every piece takes longer."""

    def strike(fleet: Fleet) -> None:
        fleet.proxy.delay_s = delay_s
        time.sleep(seconds)
        fleet.proxy.mend()

    return strike


def of(gap: Gap) -> str:
    """A role that passes the gap."""
    ours = (Gap.SHARD_LEASED, Gap.STORIES_READ, Gap.RECORDS_OPEN, Gap.RECORDS_COMMITTED, Gap.ONE_ACKNOWLEDGED)
    return PUBLISHERS[0] if gap in ours else CLUSTERERS[0]


SHORT: Schedule = spread(
    kill(*CLUSTERERS), kill(*PUBLISHERS), kill_at(Gap.BATCH_APPLIED, CLUSTERERS[0]), lose_last_second,
    kill_at(Gap.RECORDS_COMMITTED, PUBLISHERS[0]), lose_everything,
)  # fmt: skip
"""In `make test`."""

LONG: dict[str, Schedule] = {
    "single kills": spread(*(kill(each) for each in ROLES * 2)),
    "bursts": spread(burst(30, 1.0), burst(30, 0.3), burst(30, 0.1)),
    "gaps": spread(*(kill_at(gap, of(gap)) for gap in Gap)),
    "zombies": spread(*(zombie(each) for each in ROLES)),
    "redis killed": spread(kill_redis, kill_redis, kill_redis),
    "redis loses its last second": spread(*[lose_last_second] * 5),
    "redis loses everything": spread(lose_everything, flush),
    "redis is full": spread(full_redis(3), full_redis(10)),
    "network": spread(cut_network(2), slow_network(10, 0.02), cut_network(15)),
}
