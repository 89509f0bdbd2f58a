"""How long a step of a publisher may take."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import cast

import pytest

from consumers.publisher.hold import STEP_S, Hold, ShardLostError
from pipeline.adapters.store.outbox import Lease
from pipeline.runtime.vigil import Vigil
from pipeline.settings import SummariserSettings
from tests.unit.publisher.fakes import FakeLease


class FakeVigil:
    """Remembers for how long it was to watch."""

    def __init__(self) -> None:
        self.steps: list[float] = []

    def add(self, _: object) -> None: ...

    def during(self, seconds: float) -> AbstractContextManager[None]:
        self.steps.append(seconds)
        return nullcontext()


@pytest.mark.parametrize(("url", "more_s"), [(None, 0.0), ("http://127.0.0.1:8000/v1", 50.0)])
def test_a_step_may_take_longer_by_what_a_language_model_takes_to_connect_and_to_answer(
    url: str | None, more_s: float
) -> None:
    vigil, model = FakeVigil(), SummariserSettings(url=url, timeout_s=25.0)
    with Hold(cast(Lease, FakeLease()), cast(Vigil, vigil), model).step():
        pass
    assert vigil.steps == [STEP_S + more_s]


def test_what_was_lost_once_is_lost_although_the_lease_could_be_had_again() -> None:
    lease = FakeLease(lost_after=0)
    hold = Hold(cast(Lease, lease), None, SummariserSettings())
    with pytest.raises(ShardLostError):
        hold.check()
    lease.lost_after = 1_000
    with pytest.raises(ShardLostError):
        hold.renew()
    assert not hold.keep()
    hold.release()
