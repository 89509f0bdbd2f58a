"""The one factory of Kafka clients."""

from __future__ import annotations

from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient

from pipeline.kafka.joins import keep_finished_joins
from pipeline.kafka.unreadable import read_past_unreadable
from pipeline.settings import KafkaSettings

LINGER_MS = 20
BATCH_BYTES = 262_144
"""With LINGER_MS about three times the throughput of the client's defaults (docs/operations.md)."""


def make_producer(settings: KafkaSettings, **overrides: Any) -> KafkaProducer:
    """An idempotent producer that waits for all in-sync replicas.

    With `transactional_id` in the overrides it is transactional; the caller begins and ends transactions.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers.split(","),
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "lz4",
        "linger_ms": LINGER_MS,
        "batch_size": BATCH_BYTES,
        "max_request_size": settings.topics.max_message_bytes,
        "allow_auto_create_topics": False,
    }
    return KafkaProducer(**{**options, **settings.client, **overrides})


def make_consumer(settings: KafkaSettings, **overrides: Any) -> KafkaConsumer:
    """A consumer of committed records that starts at the beginning and never commits by itself.

    In the place of records that can't be read it gives one whose value is an `Unreadable`.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers.split(","),
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "session_timeout_ms": settings.session_timeout_ms,
        "heartbeat_interval_ms": max(settings.session_timeout_ms // 4, 250),
        "max_partition_fetch_bytes": settings.topics.max_message_bytes,
        "allow_auto_create_topics": False,
    }
    consumer = KafkaConsumer(**{**options, **settings.client, **overrides})
    keep_finished_joins(consumer)
    read_past_unreadable(consumer)
    return consumer


def make_admin(settings: KafkaSettings) -> KafkaAdminClient:
    """A client that creates and configures topics."""
    return KafkaAdminClient(**{"bootstrap_servers": settings.bootstrap_servers.split(","), **settings.client})
