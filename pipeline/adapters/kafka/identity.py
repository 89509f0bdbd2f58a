"""Tells a topic from another one that has, or had, the same name."""

from __future__ import annotations

from kafka.admin import KafkaAdminClient

from pipeline.adapters.kafka.clients import make_admin
from pipeline.settings import KafkaSettings

ANSWER_MS = 5_000
"""A broker that takes longer hangs, and whoever asks in between other work must get on with it."""

_NO_ID = "00000000-0000-0000-0000-000000000000"
"""What an old broker says."""


def topic_id(admin: KafkaAdminClient, topic: str) -> str | None:
    """What the broker called the topic when it was made (KIP-516): a topic that was deleted and made anew has
    another. None where there is no such topic, or where the broker is too old to tell."""
    (described,) = admin.describe_topics([topic])
    found = str(described.get("topic_id") or _NO_ID)
    return None if found == _NO_ID or described.get("error_code") else found


class TopicIdentity:
    """Asks for one topic's id again and again, over a connection that it keeps: well below a millisecond."""

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        self._admin = make_admin(settings, request_timeout_ms=ANSWER_MS)
        self._topic = topic

    def current(self) -> str | None:
        """The id of the topic that has the name now; see `topic_id`. Raises KafkaError where no broker answers."""
        return topic_id(self._admin, self._topic)

    def close(self) -> None:
        """Let go of the broker."""
        self._admin.close()
