"""Gives an edition other settings: in Redis, and in Kafka what no publisher of the old ones may finish."""

from __future__ import annotations

from redis import Redis

from pipeline.adapters.kafka.shard_fence import fence
from pipeline.adapters.store.edition import EditionSettings
from pipeline.runtime.clusterer_identity import clusterer_identity
from pipeline.runtime.identity import publisher_identity, topic_ids
from pipeline.settings import Settings


def apply_settings(redis: Redis, settings: Settings) -> dict[str, tuple[str, str]]:
    """What changed, before and after. Safe to repeat. Raises MendableError, KafkaError."""
    topics = settings.kafka.topics
    ids = topic_ids(settings.kafka, topics.dead_letters, topics.stories)
    clusterer = clusterer_identity(settings, ids, encoder=settings.encoder.model, encoder_digest=None)
    return EditionSettings(redis, settings.redis).apply(
        clusterer,
        publisher_identity(settings, ids),
        lambda shard: fence(settings.kafka, settings.redis.edition, shard),
    )
