"""How long a client of Redis tries again, and what ends it."""

from __future__ import annotations

from copy import deepcopy
from threading import Event

import pytest
from redis.exceptions import AuthenticationError, ConnectionError, TimeoutError

from pipeline.adapters.store.patience import Patience


class Flaky:
    """Fails some times."""

    def __init__(self, times: int, error: Exception | None = None) -> None:
        self.left = times
        self.error = error or ConnectionError("away")
        self.told: list[tuple[object, ...]] = []

    def ask(self) -> str:
        if self.left:
            self.left -= 1
            raise self.error
        return "answer"

    def fail(self, *told: object) -> None:
        self.told.append(told)


@pytest.mark.parametrize("error", [ConnectionError("away"), TimeoutError("slow")])
def test_it_tries_again_until_redis_answers(error: Exception) -> None:
    flaky = Flaky(2, error)
    assert Patience(30.0).call_with_retry(flaky.ask, flaky.fail) == "answer"
    assert flaky.told == [(error,)] * 2
    counted = Flaky(2, error)
    Patience(30.0).call_with_retry(counted.ask, counted.fail, with_failure_count=True)
    assert counted.told == [(error, 1), (error, 2)]


def test_it_gives_up_when_its_time_is_over() -> None:
    flaky = Flaky(1)
    with pytest.raises(ConnectionError):
        Patience(0.0).call_with_retry(flaky.ask, flaky.fail)
    assert flaky.told == [(flaky.error,)], "the connection is let go in any case"


def test_what_is_not_to_be_repeated_is_not() -> None:
    flaky = Flaky(1)
    with pytest.raises(ConnectionError):
        Patience(30.0).call_with_retry(flaky.ask, flaky.fail, is_retryable=lambda _: False)
    assert flaky.told == []
    assert Patience(30.0).call_with_retry(Flaky(1).ask, flaky.fail, is_retryable=lambda _: True) == "answer"


def test_a_wrong_password_does_not_become_right_by_waiting() -> None:
    with pytest.raises(AuthenticationError):
        Patience(30.0).call_with_retry(Flaky(1, AuthenticationError("wrong")).ask, lambda _: None)


def test_who_is_told_to_end_waits_for_nobody_on_any_connection() -> None:
    stop = Event()
    of_a_connection = deepcopy(Patience(30.0, stop))
    stop.set()
    with pytest.raises(ConnectionError):
        of_a_connection.call_with_retry(Flaky(1).ask, lambda _: None)
