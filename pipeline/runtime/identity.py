"""What a process states of itself to its edition."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from pipeline.adapters.kafka.clients import make_admin
from pipeline.adapters.kafka.identity import topic_id
from pipeline.domain.clustering.model import artifact_digest
from pipeline.domain.edition import ClustererIdentity, PublisherIdentity
from pipeline.settings import KafkaSettings, Settings


def clusterer_identity(
    settings: Settings, topic_ids: Mapping[str, str | None], *, encoder: str, encoder_digest: str | None
) -> ClustererIdentity:
    """Of a clusterer with this encoder. The id of the topic of articles stands beside the positions in it.

    Defaults of settings may be whole numbers where what is read from a file is none.
    """
    topics, clusterer = settings.kafka.topics, settings.clusterer
    return ClustererIdentity(
        encoder=encoder,
        encoder_digest=encoder_digest,
        join_model=artifact_digest(),
        shards=settings.publisher.shards,
        retention_s=float(settings.redis.retention_s),
        group=settings.kafka.group,
        articles=topics.articles,
        dead_letters=topics.dead_letters,
        dead_letters_id=topic_ids[topics.dead_letters],
        quiet_time_s=float(clusterer.quiet_time_s),
        max_text_chars=clusterer.max_text_chars,
        lead_chars=clusterer.lead_chars,
    )


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
