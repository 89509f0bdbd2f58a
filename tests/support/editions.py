"""What a clusterer or a publisher states of itself to its edition, said by hand."""

from __future__ import annotations

from typing import Any

from pipeline.domain.edition import ClustererIdentity, PublisherIdentity


def a_clusterer(**parts: Any) -> ClustererIdentity:
    """One that differs from others in `parts` only."""
    stated: dict[str, Any] = {
        "encoder": "none", "encoder_digest": "digest of none", "state_version": 5,
        "join_model": "digest of a model", "shards": 1,
        "retention_s": 2_592_000.0, "group": "a group", "articles": "articles",
        "dead_letters": "articles.dead-letter", "dead_letters_id": "id of dead letters",
        "quiet_time_s": 432_000.0, "quiet_articles": 200_000, "max_text_chars": 200_000, "lead_chars": 1_500,
    }  # fmt: skip
    return ClustererIdentity(**{**stated, **parts})


def a_publisher(**parts: Any) -> PublisherIdentity:
    """One of the same edition, that differs from others in `parts` only."""
    stated: dict[str, Any] = {
        "shards": 1, "retention_s": 2_592_000.0, "stories": "stories", "stories_id": "id of stories",
        "min_sources": 2,
    }  # fmt: skip
    return PublisherIdentity(**{**stated, **parts})
