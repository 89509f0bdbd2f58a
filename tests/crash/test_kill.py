"""Kills roles hard in the middle of 2,000 articles and holds what is left to the promises.

The schedule is data: at which share of the records applied, who is killed.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import pytest

from pipeline.adapters.articles_file import read_lines
from pipeline.runtime.embedded import ManagedProcess
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.roles import role, wait_for_records
from tests.support.samples import article, article_ids
from tests.support.waiting import eventually
from tests.support.world import check_promises, open_world

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

ARTICLES = 2_000
BROKEN = b"{broken"
EVERY = 100
"""One broken record after this many articles, so that dead letters are under way at a kill too."""


@dataclass(frozen=True)
class Kill:
    """SIGKILL to a role once this share of the records is applied; it is started again at once."""

    at: float
    role: str


SCHEDULE = (Kill(0.2, "clusterer"), Kill(0.35, "publisher"), Kill(0.55, "clusterer"), Kill(0.7, "publisher"))


def article_lines() -> list[bytes]:
    """2,000 articles of a labelled development set where there is one, else invented ones."""
    data = os.environ.get("GROUNDSWELL_DATA")
    if data:
        lines = islice(read_lines(Path(data) / "og2021.jsonl.gz"), ARTICLES)
        return [line.data for line in lines]
    towns = cycle(["Oststadt", "Port Ellery", "Millhaven", "Velga", "Corvane"])
    return [
        article(number, f"outlet{number % 50}.example", title=f"{town}: council votes on plan {number // 20}")
        for number, town in zip(range(ARTICLES), towns, strict=False)
    ]


def with_broken(lines: list[bytes]) -> list[bytes]:
    """A broken record after every EVERY articles."""
    mixed: list[bytes] = []
    for number, line in enumerate(lines, start=1):
        mixed.append(line)
        if number % EVERY == 0:
            mixed.append(BROKEN + str(number).encode())
    return mixed


def kill_and_restart(process: ManagedProcess) -> None:
    """SIGKILL by the recorded pid, then start again."""
    process.kill()
    process.wait(10)
    process.start()


def test_kills_lose_nothing_and_count_nothing_twice(
    broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    settings = settings_for(
        broker,
        publisher={"min_sources": 1, "interval_s": 0.2, "settle_s": 0.1, "lease_s": 2.0},
        clusterer={"batch_size": 32},
    )
    lines = article_lines()
    records = with_broken(lines)
    with open_world(settings) as world, contextlib.ExitStack() as stack:
        world.send(records)
        roles = {name: stack.enter_context(role(world, name, tmp_path)) for name in ("clusterer", "publisher")}
        for kill in SCHEDULE:
            wait_for_records(world, int(kill.at * len(records)), list(roles.values()))
            kill_and_restart(roles[kill.role])
        wait_for_records(world, len(records), list(roles.values()))
        roles["clusterer"].stop()  # an idle one still repairs stories
        eventually(lambda: world.unpublished() == 0, timeout_s=60, what="outbox empty")
        check_promises(world, article_ids(lines))
        letters = sorted(each.value for each in world.dead_letters())
        assert letters == sorted(each for each in records if each.startswith(BROKEN))
