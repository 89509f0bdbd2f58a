"""A rebuild that is stopped, killed, or whose Redis loses everything, goes on."""

from __future__ import annotations

import signal

import pytest

from consumers.clusterer.worker import Clusterer
from consumers.publisher.worker import Publisher
from groundswell.record import Status
from pipeline.adapters.kafka.envelope import story_source
from pipeline.adapters.store.edition import SucceededError
from pipeline.adapters.store.succession import predecessor_of
from pipeline.gaps import VARIABLE, SwitchGap
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from tests.support.drive import cluster_all, clusterer, converge, publish_all, publisher
from tests.support.forked import run_forked
from tests.support.rebuilding import (
    Both,
    Reader,
    check_taken_over,
    filled,
)
from tests.support.roles import ROOT
from tests.support.samples import article
from tests.support.settings import settings_env

SWITCH = "pipeline.runtime.rebuild.switching"


def go_back(it: Both, two: Clusterer, new: Publisher, reader: Reader) -> None:
    """The newer edition was no good: the older one, whose stories are still there, takes over from it."""
    back = Both(it.green, it.blue)
    it.blue.send([article(11)])
    cluster_all(it.green, [two], 6)
    publish_all(it.green, new)
    back.begin()
    with clusterer(it.blue.settings, HashingEncoder()) as again:
        cluster_all(it.blue, [again], 6)
        with publisher(it.blue.settings) as out:
            out.step()
            back.switching().run(back.name, max_lag=9)
            with pytest.raises(SucceededError):
                new.step()
            converge(it.blue, out)
            check_taken_over(back, reader, earlier=1)


def test_a_switch_that_is_killed_between_any_two_steps_goes_on_where_it_is_run_again(pair: Both) -> None:
    """By SIGKILL, as a process of its own."""
    with filled(pair) as (one, two, out, new):
        assert len(pair.blue.dead_letters()) == 1, "what the older edition has told of is not told again"
        command = ("pipeline.runtime.cli.main", ["rebuild", "switch", "--yes"])
        environment = settings_env(pair.green.settings)
        for gap in SwitchGap:
            killed = run_forked(*command, folder=ROOT, env={**environment, VARIABLE: gap}, timeout_s=100)
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            new.step()
            assert {each for sources in pair.sources() for each in sources} == {story_source(pair.name).encode()}
            with pytest.raises(SucceededError):
                out.step()
        with Reader(pair.blue.settings) as reader:
            done = run_forked(*command, folder=ROOT, env=environment, timeout_s=100)
            assert f"edition {pair.name}-green is live" in done.stdout, done.stderr
            assert pair.switching().predecessor() is None
            converge(pair.green, new)
            check_taken_over(pair, reader)
            one.close()
            go_back(pair, two, new, reader)


def test_an_edition_that_stands_by_still_does_after_redis_lost_everything(pair: Both) -> None:
    """Else two editions would publish: whoever of the newer one was there says so again."""
    with filled(pair) as (one, two, out, new):
        before = len(pair.blue.published())
        pair.blue.redis.flushall()
        new.step()
        cluster_all(pair.green, [two], 5)
        assert predecessor_of(pair.green.redis, pair.green.settings.redis.edition) == pair.name
        for _ in range(3):
            new.step()
        assert new.held == 0
        assert {each for sources in pair.sources() for each in sources} == {story_source(pair.name).encode()}
        cluster_all(pair.blue, [one], 5)
        publish_all(pair.blue, out)
        assert len(pair.blue.published()) > before, "the one that publishes goes on"
        pair.switching(two.step).run(pair.name, max_lag=9)
        converge(pair.green, new)
        assert set(pair.green.stories.live_ids()) == {
            each for each, record in pair.green.last_records().items() if record["status"] == Status.ACTIVE
        }
        new.step()
        assert predecessor_of(pair.green.redis, pair.green.settings.redis.edition) is None
