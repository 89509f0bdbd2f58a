"""What ends a publisher's hold on a shard in Kafka: a later epoch of the shard's transactional producer."""

from __future__ import annotations

from pipeline.adapters.kafka.clients import close_producer, make_producer
from pipeline.settings import KafkaSettings


def transactional_id(settings: KafkaSettings, edition: str, shard: int) -> str:
    """Of the producer of a shard."""
    return f"{settings.topics.stories}-{edition}-{shard}"


def fence(settings: KafkaSettings, edition: str, shard: int) -> None:
    """End whatever a publisher of the shard has under way, and let it send no more. Raises KafkaError."""
    producer = make_producer(
        settings, transactional_id=transactional_id(settings, edition, shard), retry_backoff_ms=10
    )
    try:
        producer.init_transactions()
    finally:
        close_producer(producer, 1)
