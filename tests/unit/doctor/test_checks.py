"""Checks are run one after the other; none keeps the others from looking."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import cast

import pytest
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaTimeoutError, TopicAuthorizationFailedError
from redis.exceptions import NoPermissionError, ResponseError

from pipeline.runtime.doctor.checks import CHECKS
from pipeline.runtime.doctor.finding import Finding, Verdict, ok, report, warning, wrong
from pipeline.runtime.doctor.reach import Need, Reach
from pipeline.runtime.doctor.running import Check, examine, looked
from pipeline.settings import Settings

NOTHING = Reach(Settings())
KAFKA_ONLY = Reach(Settings(), kafka=cast(KafkaAdminClient, object()))


def fine(_: Reach) -> Iterator[Finding]:
    yield ok("thing", "is there")


@pytest.mark.parametrize(("error", "verdict"), [
    (KafkaTimeoutError("no answer"), Verdict.WRONG), (ZeroDivisionError("ours"), Verdict.WRONG),
    (NoPermissionError("no"), Verdict.WARNING), (TopicAuthorizationFailedError("no"), Verdict.WARNING),
    (ValueError("15 is not a valid ACLOperation"), Verdict.WARNING),
])  # fmt: skip
def test_a_check_that_fails_is_one_line_and_the_others_go_on(error: Exception, verdict: Verdict) -> None:
    def fails(_: Reach) -> Iterator[Finding]:
        yield ok("first", "seen")
        raise error

    found = list(examine(NOTHING, [Check("broken", fails), Check("thing", fine)]))
    assert [each.subject for each in found] == ["first", "broken", "thing"]
    assert found[1].verdict is verdict
    assert "not checked" in found[1].said


@pytest.mark.parametrize("error", [ResponseError("OOM command not allowed"), NoPermissionError("no rights")])
def test_what_redis_answered_is_told(error: Exception) -> None:
    def fails(_: Reach) -> Iterator[Finding]:
        raise error
        yield

    (found,) = looked(Check("thing", fails), NOTHING)
    assert str(error) in found.said


def test_a_check_that_hangs_is_given_up() -> None:
    forever = threading.Event()

    def hangs(_: Reach) -> Iterator[Finding]:
        forever.wait(60)
        yield from ()

    (found,) = looked(Check("slow", hangs), NOTHING, limit_s=0.05)
    forever.set()
    assert (found.verdict, found.said) == (Verdict.WRONG, "not checked: no answer within 0.05 s")


def test_what_a_missing_service_keeps_from_looking_is_one_line() -> None:
    checks = [
        Check("groups", fine, (Need.KAFKA,)), Check("outboxes", fine, (Need.REDIS,)),
        Check("clock", fine, (Need.REDIS,)), Check("disk", fine),
    ]  # fmt: skip
    assert list(examine(KAFKA_ONLY, checks)) == [
        ok("thing", "is there"), ok("thing", "is there"),
        warning("not checked", "outboxes, clock: Redis did not answer"),
    ]  # fmt: skip


def test_every_check_is_named_once() -> None:
    assert len({each.subject for each in CHECKS}) == len(CHECKS)


def test_a_report_is_as_bad_as_its_worst_line() -> None:
    lines = [ok("a", ""), warning("b", ""), wrong("c", "", "")]
    assert [report(lines[:count]).verdict for count in range(4)] == ["ok", "ok", "warning", "wrong"]
