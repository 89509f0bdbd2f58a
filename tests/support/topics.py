"""Topics that something happens to."""

from __future__ import annotations

import contextlib

from pipeline.adapters.kafka.clients import make_admin
from pipeline.adapters.kafka.identity import topic_id
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.settings import Settings
from tests.support.waiting import eventually


def make_again(settings: Settings, topic: str) -> None:
    """Delete the topic and create another one of the same name, without records."""
    with contextlib.closing(make_admin(settings.kafka)) as admin:
        before = topic_id(admin, topic)
        admin.delete_topics([topic])
        eventually(lambda: topic_id(admin, topic) is None, what="topic deleted")
        apply_topics(admin, settings.kafka)
        eventually(lambda: topic_id(admin, topic) not in (None, before), what="topic made again")
