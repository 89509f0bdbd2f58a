"""Tells a topic from another one that has, or had, the same name."""

from __future__ import annotations

from kafka.admin import KafkaAdminClient


def topic_id(admin: KafkaAdminClient, topic: str) -> str | None:
    """What the broker called the topic when it was made (KIP-516): a topic that was deleted and made anew has
    another. None where there is no such topic, or where the broker is too old to tell."""
    (described,) = admin.describe_topics([topic])
    found = described.get("topic_id")
    return None if found is None or described.get("error_code") else str(found)
