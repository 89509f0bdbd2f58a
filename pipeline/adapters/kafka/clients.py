"""The one factory of Kafka clients."""

from __future__ import annotations

from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from groundswell.broker import consumer
from groundswell.broker.consumer import RECONNECT_MAX_MS
from pipeline.adapters.kafka.missing_topics import quieten_missing_topics
from pipeline.settings import KafkaSettings

LINGER_MS = 20
BATCH_BYTES = 262_144
"""With LINGER_MS about three times the throughput of the client's defaults (docs/operations.md)."""

quieten_missing_topics()


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
        "reconnect_backoff_max_ms": RECONNECT_MAX_MS,
    }
    return KafkaProducer(**{**options, **settings.client, **overrides})


def close_producer(producer: KafkaProducer, timeout_s: float) -> None:
    """Close it within about twice this time, and drop what the broker does not take meanwhile.

    kafka-python 3.0.12 raises where records are left, and leaves its thread to try on.
    """
    try:
        producer.close(timeout=timeout_s)
    except KafkaError:
        producer._sender.force_close()
        producer.close(timeout=timeout_s)


def make_consumer(settings: KafkaSettings, **overrides: Any) -> KafkaConsumer:
    """As `groundswell.broker.consumer.make_consumer`."""
    return consumer.make_consumer(settings.connection, **overrides)


def make_admin(settings: KafkaSettings, **overrides: Any) -> KafkaAdminClient:
    """A client that creates and configures topics."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers.split(","),
        "reconnect_backoff_max_ms": RECONNECT_MAX_MS,
    }
    return KafkaAdminClient(**{**options, **settings.client, **overrides})
