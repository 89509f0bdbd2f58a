"""What a publisher states of itself to its edition, and the ids of topics."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from pipeline.adapters.kafka.clients import make_admin
from pipeline.adapters.kafka.identity import topic_id
from pipeline.domain.edition import PublisherIdentity
from pipeline.settings import KafkaSettings, Settings


def publisher_identity(settings: Settings, topic_ids: Mapping[str, str | None]) -> PublisherIdentity:
    """Of a publisher."""
    topics, publisher = settings.kafka.topics, settings.publisher
    return PublisherIdentity(
        shards=publisher.shards,
        retention_s=float(settings.redis.retention_s),
        stories=topics.stories,
        stories_id=topic_ids[topics.stories],
        min_sources=publisher.min_sources,
    )


def topic_ids(settings: KafkaSettings, *topics: str) -> dict[str, str | None]:
    """The id of each topic; None where there is no such topic, or where the broker tells none."""
    with contextlib.closing(make_admin(settings)) as admin:
        return {each: topic_id(admin, each) for each in topics}
