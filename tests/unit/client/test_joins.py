"""The wrapper that keeps a finished join, on a coordinator of our own."""

from __future__ import annotations

import asyncio

import pytest

from groundswell.broker.joins import FinishedJoins


class Coordinator:
    """What kafka-python's coordinator does in a join, as far as the wrapper sees it."""

    def __init__(self) -> None:
        self.attempts = 0
        self.fails = False
        self.rebalancing = False
        self.rejoin_needed = False
        self._generation: object = object()

    def rebalance_in_progress(self) -> bool:
        return self.rebalancing

    def request_rejoin(self) -> None:
        self.rejoin_needed = True

    async def _do_join_and_sync_async(self) -> bytes:
        self.attempts += 1
        self.rebalancing = True
        self._generation = object()
        if self.fails:
            raise ConnectionError
        return b"assignment %d" % self.attempts

    def take_up(self) -> None:
        self.rebalancing = self.rejoin_needed = False

    def fall_out(self) -> None:
        self._generation = object()


@pytest.fixture
def coordinator() -> Coordinator:
    return Coordinator()


@pytest.fixture
def joins(coordinator: Coordinator) -> FinishedJoins:
    return FinishedJoins(coordinator)


def join(joins: FinishedJoins) -> bytes:
    return asyncio.run(joins.join())


def test_a_join_that_nobody_took_up_is_handed_out_until_somebody_does(
    coordinator: Coordinator, joins: FinishedJoins
) -> None:
    assert [join(joins), join(joins), join(joins)] == [b"assignment 1"] * 3
    assert coordinator.attempts == 1


def test_a_join_is_needed_until_it_was_taken_up_whatever_it_was_begun_for(
    coordinator: Coordinator, joins: FinishedJoins
) -> None:
    join(joins)
    assert coordinator.rejoin_needed


def test_after_a_join_was_taken_up_the_next_one_is_new(coordinator: Coordinator, joins: FinishedJoins) -> None:
    join(joins)
    coordinator.take_up()
    assert join(joins) == b"assignment 2"


def test_a_member_that_fell_out_of_the_group_joins_anew(coordinator: Coordinator, joins: FinishedJoins) -> None:
    join(joins)
    coordinator.fall_out()
    assert join(joins) == b"assignment 2"


def test_a_failed_join_leaves_no_older_assignment_behind(coordinator: Coordinator, joins: FinishedJoins) -> None:
    join(joins)
    coordinator.take_up()
    coordinator.fails = True
    with pytest.raises(ConnectionError):
        join(joins)
    coordinator.fails = False
    assert join(joins) == b"assignment 3"
