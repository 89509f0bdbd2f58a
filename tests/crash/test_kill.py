"""Kills roles hard in the middle of 1,200 articles and holds what is left to the promises."""

from __future__ import annotations

import contextlib
import os
from functools import partial
from itertools import islice
from pathlib import Path

import pytest

from pipeline.adapters.articles_file import read_lines
from pipeline.json_codec import to_json
from pipeline.testing.articles import made_up_articles
from pipeline.testing.faults import due, kill, spread
from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.roles import role, share_applied
from tests.support.samples import article_ids
from tests.support.waiting import eventually
from tests.support.world import check_promises, open_world

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

ARTICLES = 1_200
BROKEN = b"{broken"
EVERY = 100
"""One broken record after this many articles, so that dead letters are under way at a kill too."""

SCHEDULE = spread(kill("clusterer"), kill("publisher"), kill("clusterer"), kill("publisher"))


def article_lines() -> list[bytes]:
    """Articles of a labelled development set where there is one, else made-up ones."""
    data = os.environ.get("GROUNDSWELL_DATA")
    if data:
        lines = islice(read_lines(Path(data) / "og2021.jsonl.gz"), ARTICLES)
        return [line.data for line in lines]
    return [to_json(each.wire()) for each in islice(made_up_articles(), ARTICLES)]


def with_broken(lines: list[bytes]) -> list[bytes]:
    """A broken record after every EVERY articles."""
    mixed: list[bytes] = []
    for number, line in enumerate(lines, start=1):
        mixed.append(line)
        if number % EVERY == 0:
            mixed.append(BROKEN + str(number).encode())
    return mixed


def test_kills_lose_nothing_and_count_nothing_twice(
    broker: BrokerUnderTest, settings_for: SettingsFor, tmp_path: Path
) -> None:
    settings = settings_for(
        broker,
        publisher={"min_sources": 1, "interval_s": 0.2, "settle_s": 0.1, "lease_s": 2.0},
        clusterer={"batch_size": 32, "max_batch_size": 32},
    )
    lines = article_lines()
    records = with_broken(lines)
    with open_world(settings) as world, contextlib.ExitStack() as stack:
        world.send(records)
        roles = {name: stack.enter_context(role(world, name, tmp_path)) for name in ("clusterer", "publisher")}
        share_done = partial(share_applied, world, len(records), roles)
        for fault in due(SCHEDULE, share_done):
            fault.strike(roles)
        eventually(lambda: share_done() >= 1, timeout_s=240, what="all records applied")
        roles["clusterer"].stop()  # an idle one still repairs stories
        eventually(lambda: world.unpublished() == 0, timeout_s=60, what="outbox empty")
        check_promises(world, article_ids(lines))
        letters = sorted(each.value for each in world.dead_letters())
        assert letters == sorted(each for each in records if each.startswith(BROKEN))
