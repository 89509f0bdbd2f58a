"""What a role looks at when it starts: its topics, which it waits for, and its rights in Redis.

Everything else that is amiss is told in the log once, and the role goes on: what it can't do without, it finds out
by itself, and says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from functools import partial
from threading import Event

import structlog
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from redis.exceptions import RedisClusterException, RedisError

from pipeline.adapters.kafka.clients import make_admin
from pipeline.adapters.kafka.missing_topics import AGAIN_S, told_missing
from pipeline.adapters.kafka.seen_topics import missing_topics
from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.refusals import why_not
from pipeline.adapters.store.rights import Writer
from pipeline.mendable import MendableError
from pipeline.runtime.doctor.finding import Finding, Verdict
from pipeline.runtime.doctor.reach import QUICK, TIMEOUT_S, Reach
from pipeline.runtime.doctor.rights import check_rights_of
from pipeline.runtime.doctor.running import Check, looked
from pipeline.runtime.doctor.topics import check_some_topics
from pipeline.settings import Settings

LOOK_S = 1.0
"""Between two looks for a topic that is missing."""

Waiting = Callable[[str], object]
"""Told at each look what is waited for."""

log = structlog.get_logger(__name__)


class MissingTopicError(MendableError):
    """There is no such topic."""


def await_topics(settings: Settings, names: Collection[str], stop: Event, waiting: Waiting | None = None) -> None:
    """Wait until these topics exist, or until `stop`; tell what is amiss with them.

    A missing one is logged at once, and every AGAIN_S. Where Kafka does not answer nothing is waited for: the role
    has its own way with that.
    """
    try:
        with closing(make_admin(settings.kafka, **QUICK)) as admin:
            _await(admin, names, stop, waiting)
            _tell_topics(Reach(settings, admin), names)
    except KafkaError as error:
        log.warning("topics not looked at", reason=repr(error))


def tell_topics(settings: Settings, names: Collection[str]) -> None:
    """Log what is amiss with these topics, once, without waiting for them."""
    try:
        with closing(make_admin(settings.kafka, **QUICK)) as admin:
            _tell_topics(Reach(settings, admin), names)
    except KafkaError as error:
        log.warning("topics not looked at", reason=repr(error))


def require_topic(admin: KafkaAdminClient, name: str) -> None:
    """For commands that come to an end. Raises MissingTopicError."""
    if missing_topics(admin, [name]):
        raise MissingTopicError(told_missing(name))


def tell_store(settings: Settings, writer: Writer) -> None:
    """Log where Redis refuses what this role does; whether it is fit to keep stories, `check_redis` says."""
    try:
        redis = make_redis(settings.redis, wait_s=0.0, timeout_s=TIMEOUT_S)
    except (RedisError, RedisClusterException) as error:
        log.warning("redis not looked at", reason=why_not(error)[0])
        return
    with redis:
        reach = Reach(settings, store=redis)
        _tell(looked(Check("redis rights", partial(check_rights_of, writer=writer)), reach))


def _await(admin: KafkaAdminClient, names: Collection[str], stop: Event, waiting: Waiting | None) -> None:
    told_at: dict[str, float] = {}
    while not stop.is_set() and (missing := missing_topics(admin, names)):
        for name in missing:
            if time.monotonic() - told_at.get(name, float("-inf")) >= AGAIN_S:
                told_at[name] = time.monotonic()
                log.warning(told_missing(name))
        if waiting is not None:
            waiting("; ".join(map(told_missing, missing)))
        stop.wait(LOOK_S)


def _tell_topics(reach: Reach, names: Collection[str]) -> None:
    _tell(looked(Check("topics", partial(check_some_topics, names=names)), reach))


def _tell(findings: Iterable[Finding]) -> None:
    for each in findings:
        if each.verdict is not Verdict.OK:
            log.warning(f"{each.subject}: {each.said}", todo=each.todo)
