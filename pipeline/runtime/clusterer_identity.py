"""What a clusterer states of itself to its edition. Apart from the publisher's: this one loads the join model."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.domain.clustering.model import artifact_digest
from pipeline.domain.clustering.story_layout import STATE_VERSION
from pipeline.domain.edition import ClustererIdentity
from pipeline.settings import Settings


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
        state_version=STATE_VERSION,
        join_model=artifact_digest(),
        shards=settings.publisher.shards,
        retention_s=float(settings.redis.retention_s),
        group=settings.kafka.group,
        articles=topics.articles,
        dead_letters=topics.dead_letters,
        dead_letters_id=topic_ids[topics.dead_letters],
        quiet_time_s=float(clusterer.quiet_time_s),
        quiet_articles=clusterer.quiet_articles,
        max_text_chars=clusterer.max_text_chars,
        lead_chars=clusterer.lead_chars,
    )
