"""What a role says of its dependencies: ready while each answered lately, one line where one is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from pipeline.runtime.contact_watch import ContactWatch
from pipeline.runtime.contacts import Contacts
from pipeline.runtime.health import Health
from tests.support.waiting import eventually


class Clock:
    """Goes when told."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    """Of a role that is ready but for its contacts, none older than ten seconds."""
    made = Health(CollectorRegistry(), clock=clock)
    made.set_ready(True)
    for name in ("kafka", "redis"):
        made.contacts.expect(name, 10.0)
    return made


def reason(health: Health) -> str:
    return str(health.readyz()[1].get("reason", ""))


def test_a_role_is_ready_once_each_dependency_has_answered(health: Health) -> None:
    health.contacts.made("kafka")
    assert health.readyz()[0] == 503
    assert "redis: no contact yet" in reason(health)
    health.contacts.made("redis")
    assert health.readyz() == (200, {"status": "ready"})


def test_readyz_names_what_has_not_answered_for_too_long_and_since_when(health: Health, clock: Clock) -> None:
    health.contacts.made("kafka")
    clock.now += 4
    health.contacts.made("redis")
    health.contacts.failed("kafka", "refused")
    clock.now += 6
    assert health.readyz()[0] == 200, "as old as may be"
    clock.now += 1
    assert health.readyz()[0] == 503
    assert reason(health).startswith("kafka: last contact 11 s ago (since 20")
    assert reason(health).endswith("refused")
    assert "redis" not in reason(health)


def test_the_metric_says_what_readyz_says(clock: Clock) -> None:
    registry = CollectorRegistry()
    health = Health(registry, clock=clock)
    health.set_ready(True)
    health.contacts.expect("kafka", 10.0)
    health.contacts.made("kafka")
    assert registry.get_sample_value("groundswell_ready") == 1
    clock.now += 11
    assert registry.get_sample_value("groundswell_ready") == 0


def test_what_the_role_waits_for_itself_is_told_beside_a_lost_dependency(health: Health, clock: Clock) -> None:
    health.set_ready(False, "waiting for partitions")
    assert reason(health) == "waiting for partitions"
    clock.now += 11
    assert "kafka: no contact" in reason(health)
    assert reason(health).endswith("waiting for partitions")


def test_the_log_has_one_line_where_contact_is_lost_and_one_where_it_is_back(clock: Clock) -> None:
    contacts = Contacts(clock)
    contacts.expect("kafka", 10.0)
    with capture_logs() as lines:
        contacts.made("kafka")
        for _ in range(15):
            clock.now += 2
            contacts.failed("kafka", "refused")
        contacts.made("kafka")
        contacts.made("kafka")
    assert [each["event"] for each in lines] == ["contact lost", "contact is back"]
    assert (lines[0]["dependency"], lines[0]["reason"]) == ("kafka", "refused")
    assert lines[1]["lost_s"] == 30


def test_a_pause_shorter_than_the_stated_time_is_not_told(clock: Clock) -> None:
    contacts = Contacts(clock)
    contacts.expect("kafka", 10.0)
    with capture_logs() as lines:
        contacts.made("kafka")
        clock.now += 9
        contacts.failed("kafka", "refused")
        contacts.made("kafka")
    assert lines == []


class Hanging:
    """Does not answer, and does not say so either."""

    def __init__(self) -> None:
        self.end = threading.Event()

    def ask(self, timeout_s: float) -> None:
        self.end.wait()

    def close(self) -> None: ...


class Answering:
    """Answers at once."""

    asked = 0
    closed = False

    def ask(self, timeout_s: float) -> None:
        self.asked += 1

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    made = Hanging()
    yield made
    made.end.set()


def test_a_dependency_that_hangs_does_not_keep_another_from_being_asked(hanging: Hanging) -> None:
    contacts, answering = Contacts(), Answering()
    with ContactWatch(contacts, 0.1, kafka=hanging, redis=answering):
        eventually(lambda: answering.asked > 5 and not contacts.has("kafka"), timeout_s=10)
        assert contacts.has("redis")
    eventually(lambda: answering.closed, timeout_s=10)
