"""Two clusterers at once end as one would that took their batches in the order in which they were committed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from redis import Redis

from pipeline.adapters.store.commit import Batch, Claim
from tests.support.clusterer_bench import Bench, members
from tests.support.samples import article
from tests.unit.clusterer.fakes import FakeRecord

SUBJECTS = ("Bridge in Oststadt closed", "Volcano on Sunda erupts", "Senate passes the budget")


@dataclass(frozen=True)
class Sent:
    """One record: a version of an article."""

    number: int
    subject: int
    minute: int
    withdrawn: bool

    def at(self, partition: int, offset: int) -> FakeRecord:
        value = article(
            self.number,
            f"outlet{self.number}.example",
            title=f"{SUBJECTS[self.subject]}, report {self.number}",
            updated_at=f"2025-03-03T10:{self.minute:02}:00Z",
            withdrawn=self.withdrawn,
        )
        return FakeRecord(partition, offset, 1_741_000_000_000 + 1_000 * (2 * offset + partition), value)


LINES = st.lists(
    st.builds(
        Sent, st.integers(0, 7), st.integers(0, 2), st.integers(0, 3), st.sampled_from([False] * 5 + [True])
    ),
    max_size=8,
)


def sent(number: int, subject: int) -> Sent:
    """The only version of an article."""
    return Sent(number, subject, minute=0, withdrawn=False)


class Two:
    """Clusterers of one edition, each with a partition and a batch prepared ahead."""

    def __init__(self, benches: list[Bench], overtakes: Iterator[bool]) -> None:
        self.benches = benches
        self.order: list[tuple[Claim, ...]] = []
        self._overtakes = overtakes
        self._deciding = False
        for number, each in enumerate(benches):
            each.consumer.listener.on_partitions_revoked(list(each.clusterer._partitions.positions))
            each.assign(number)
            each.before_commit(partial(self._overtake, 1 - number))
            each.after_commit(lambda batch: self.order.append(tuple(batch.claims)))

    def _overtake(self, other: int, _: Batch) -> None:
        """Where it is its turn, the other one commits first."""
        if not self._deciding and next(self._overtakes, False):
            self._deciding = True
            self.benches[other].clusterer.step()
            self._deciding = False


@example(  # the second one commits a duplicate, which is never stale, after the first one opened a story
    lines=([sent(2, 1), sent(0, 0)], [sent(2, 0), sent(1, 0)]), turns=[], overtakes=[False, True], at_once=1
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.tuples(LINES, LINES),
    turns=st.lists(st.integers(0, 1), max_size=12),
    overtakes=st.lists(st.booleans(), max_size=16),
    at_once=st.integers(1, 4),
)
def test_any_interleaving_of_two_clusterers_ends_as_the_batches_one_after_the_other(
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
    lines: tuple[list[Sent], list[Sent]],
    turns: list[int],
    overtakes: list[bool],
    at_once: int,
) -> None:
    redis.flushall()
    records = [[each.at(number, offset) for offset, each in enumerate(line)] for number, line in enumerate(lines)]
    sizes = {"batch_size": at_once, "max_batch_size": at_once}
    benches = [Bench(redis, monkeypatch, "together", **sizes) for _ in range(2)]
    serial = Bench(redis, monkeypatch, "serial", batch_size=at_once)
    try:
        two = Two(benches, iter(overtakes))
        for each, own in zip(benches, records, strict=True):
            each.consumer.feed(*own)
        for turn in turns:
            benches[turn].clusterer.step()
        while sum(each.clusterer.step() for each in benches):
            pass
        for claims in two.order:
            taken = [records[claim.partition][claim.start : claim.end] for claim in claims]
            assert serial.take(*(record for part in taken for record in part)) == sum(map(len, taken))
        assert members(benches[0]) == members(serial)
        assert benches[0].positions.counters() == serial.positions.counters()
        assert benches[0].positions.counters()["in"] == sum(map(len, lines))
    finally:
        for each in (*benches, serial):
            each.close()
