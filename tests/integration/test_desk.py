"""A desk's corrections among batches and sweeps of two clusterers: all are kept, and every replica is the same."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from pipeline.adapters.store.desk_reader import DeskReader, DeskView
from pipeline.adapters.store.live_reader import LiveStoriesReader
from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.desk import Action, NothingToDoError, OrderRefusedError
from pipeline.settings import RedisSettings
from tests.support.clusterer_bench import Bench
from tests.support.corrections import Promises, where
from tests.support.samples import article
from tests.unit.clusterer.fakes import FakeRecord
from tests.unit.clustering.helpers import MODEL

EDITION = RedisSettings(edition="desk-test")
SUBJECTS = ("Bridge in Oststadt closed", "Volcano on Sunda erupts", "Senate passes the budget")


@dataclass(frozen=True)
class Sent:
    """One record: a version of an article."""

    number: int
    subject: int
    minute: int
    withdrawn: bool

    def value(self) -> bytes:
        return article(
            self.number, f"outlet{self.number}.example",
            title=f"{SUBJECTS[self.subject]}, report {self.number}",
            updated_at=f"2025-03-03T10:{self.minute:02}:00Z", withdrawn=self.withdrawn,
        )  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What a desk asks for, of whatever stories and articles there are by then."""

    action: Action
    one: int
    other: int


WITHDRAWN = st.sampled_from([False] * 7 + [True])
SENT = st.builds(Sent, st.integers(0, 9), st.integers(0, 2), st.integers(0, 9), WITHDRAWN)
BATCH = st.lists(SENT, min_size=1, max_size=5)
ASKED = st.builds(Asked, st.sampled_from(list(Action)), st.integers(0, 9), st.integers(0, 9))
STEPS = st.lists(st.one_of(BATCH, ASKED, st.just("sweep")), min_size=3, max_size=14)


class Two:
    """Clusterers of one edition that take turns, and a desk beside them."""

    def __init__(self, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
        self.redis = redis
        self.benches = [Bench(redis, monkeypatch, EDITION.edition, batch_size=8) for _ in range(2)]
        self._offsets = [0, 0]
        for number, each in enumerate(self.benches):
            each.consumer.listener.on_partitions_revoked(list(each.clusterer._partitions.positions))
            each.assign(number)

    def take(self, turn: int, batch: list[Sent]) -> None:
        start = self._offsets[turn]
        records = [
            FakeRecord(turn, offset, 1_741_000_000_000 + 1_000 * offset, each.value())
            for offset, each in enumerate(batch, start)
        ]
        self._offsets[turn] += len(batch)
        assert self.benches[turn].take(*records) == len(batch)

    def check_replicas(self) -> None:
        fresh = Clustering(MODEL)
        fresh.load(LiveStoriesReader(self.redis, EDITION).load().snapshot)
        for each in self.benches:
            replica = each.clusterer._stores.clustering
            replica.catch_up()
            assert replica._clustering.snapshot().states == fresh.snapshot().states

    def close(self) -> None:
        for each in self.benches:
            each.close()


def ask(desk: Promises, asked: Asked) -> None:
    placed = where(desk.stories)
    stories, articles = desk.stories.live_ids(), sorted(placed)
    if not stories:
        return
    story, other = stories[asked.one % len(stories)], stories[asked.other % len(stories)]
    article_id = articles[asked.other % len(articles)]
    with contextlib.suppress(OrderRefusedError, NothingToDoError):
        match asked.action:
            case Action.MERGE:
                desk.correct(asked.action, story, other)
            case Action.SPLIT:
                own = [each for each in articles if placed[each] == story]
                desk.correct(asked.action, story, articles=tuple(own[: 1 + asked.other % 3]))
            case Action.MOVE:
                desk.correct(asked.action, story, articles=(article_id[: 6 + asked.one],))
            case _:
                desk.correct(asked.action, story)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_comes_after_a_correction_it_is_kept_and_every_replica_is_the_same(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, steps: list[list[Sent] | Asked | str]
) -> None:
    redis.flushall()
    two = Two(redis, monkeypatch)
    try:
        two.take(0, [Sent(number, number % 3, 0, False) for number in range(6)])
        desk = Promises(redis, EDITION)
        for turn, step in enumerate(steps):
            if isinstance(step, list):
                two.take(turn % 2, step)
            elif isinstance(step, Asked):
                ask(desk, step)
            else:
                two.benches[turn % 2].clusterer.sweep()
            desk.check()
        two.check_replicas()
    finally:
        two.close()


def test_a_correction_that_a_clusterer_overtakes_is_decided_again_on_what_it_changed(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = Two(redis, monkeypatch)
    try:
        two.take(0, [Sent(number, 0, 0, False) for number in range(3)])
        desk = Promises(redis, EDITION)
        (story_id,) = desk.stories.live_ids()
        late = [Sent(3, 0, 0, False)]
        view = DeskReader.view

        def overtaken(reader: DeskReader, story_ids: list[str]) -> DeskView:
            seen = view(reader, story_ids)
            while late:
                two.take(1, [late.pop()])
            return seen

        monkeypatch.setattr(DeskReader, "view", overtaken)
        (leaving, *_) = where(desk.stories)
        order = desk.correct(Action.SPLIT, story_id, articles=(leaving,))
        desk.check()
        assert Counter(where(desk.stories).values()) == {story_id: 3, order.other_id: 1}
        two.check_replicas()
    finally:
        two.close()
