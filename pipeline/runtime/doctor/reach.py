"""The services that checks ask, reached within seconds or told not to be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError
from redis import Redis, RedisCluster
from redis.exceptions import RedisClusterException, RedisError

from pipeline.adapters.kafka.clients import make_admin, make_consumer
from pipeline.adapters.kafka.refusals import why
from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.keys import Keys
from pipeline.adapters.store.refusals import why_not
from pipeline.runtime.doctor.finding import Finding, wrong
from pipeline.settings import Settings

TIMEOUT_S = 4.0
"""For a service to be reached, and for each of its answers."""

QUICK: dict[str, Any] = {
    "bootstrap_timeout_ms": int(TIMEOUT_S * 1000), "request_timeout_ms": int(TIMEOUT_S * 1000)
}  # fmt: skip


class Need(StrEnum):
    """What a check asks."""

    KAFKA = "Kafka"
    REDIS = "Redis"


@dataclass(frozen=True)
class Reach:
    """The settings, and connections to what answered."""

    settings: Settings
    kafka: KafkaAdminClient | None = None
    store: Redis | None = None
    folders: tuple[Path, ...] = ()
    """On this machine, where something of ours is kept."""

    @property
    def reached(self) -> set[Need]:
        """What answers."""
        asked = {Need.KAFKA: self.kafka, Need.REDIS: self.store}
        return {need for need, client in asked.items() if client is not None}

    @property
    def admin(self) -> KafkaAdminClient:
        """For checks that need Kafka."""
        if self.kafka is None:
            raise LookupError("Kafka was not reached")
        return self.kafka

    @property
    def redis(self) -> Redis:
        """For checks that need Redis."""
        if self.store is None:
            raise LookupError("Redis was not reached")
        return self.store

    def consumer(self, **overrides: Any) -> KafkaConsumer:
        """Of no group; the caller closes it."""
        return make_consumer(self.settings.kafka, **{**QUICK, **overrides})

    def ask(self, *words: str) -> Any:
        """Of the Redis that holds the edition: in a cluster, one of its nodes."""
        where: dict[str, Any] = {}
        if isinstance(self.redis, RedisCluster):
            where["target_nodes"] = self.redis.get_node_from_key(Keys(self.settings.redis.edition).prefix)
        return self.redis.execute_command(*words, **where)


@contextmanager
def reaching(settings: Settings, folders: tuple[Path, ...] = ()) -> Iterator[tuple[Reach, list[Finding]]]:
    """What can be asked, and what did not answer."""
    with ExitStack() as stack:
        kafka, store = _reach_kafka(settings), _reach_redis(settings)
        for each in (kafka, store):
            if not isinstance(each, Finding):
                stack.callback(each.close)
        failed = [each for each in (kafka, store) if isinstance(each, Finding)]
        yield (
            Reach(
                settings,
                None if isinstance(kafka, Finding) else kafka,
                None if isinstance(store, Finding) else store,
                folders,
            ),
            failed,
        )


def _reach_kafka(settings: Settings) -> KafkaAdminClient | Finding:
    try:
        return make_admin(settings.kafka, **QUICK)
    except KafkaError as error:
        seen, todo = why(error)
        servers = settings.kafka.bootstrap_servers
        return wrong("kafka", seen if servers in seen else f"{servers}: {seen}", todo)


def _reach_redis(settings: Settings) -> Redis | Finding:
    try:
        redis = make_redis(settings.redis, wait_s=0.0, timeout_s=TIMEOUT_S)
        redis.ping()
    except (RedisError, RedisClusterException) as error:
        return wrong("redis", *why_not(error))
    return redis
