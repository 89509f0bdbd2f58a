"""Settings for one test: names that no other test uses, and ports that are free."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from pipeline.runtime.embedded.environment import is_setting as is_setting
from pipeline.runtime.embedded.environment import settings_env as settings_env
from pipeline.settings import Settings
from tests.support.brokers import BrokerUnderTest
from tests.support.kafka import free_ports

Section = Mapping[str, Any]


def unique_settings(broker: BrokerUnderTest, redis_url: str, **sections: Section | str) -> Settings:
    """Settings on this broker and Redis with topics, group and edition of their own; `sections` win."""
    name = uuid.uuid4().hex[:10]
    clusterer, publisher, feeds, board, http = free_ports(5)
    values: dict[str, Any] = {
        "kafka": {
            "bootstrap_servers": broker.bootstrap,
            "session_timeout_ms": broker.session_timeout_ms,
            "group": f"clusterer-{name}",
            "topics": {
                "articles": f"articles-{name}",
                "stories": f"stories-{name}",
                "dead_letters": f"articles-{name}.dead-letter",
                "articles_partitions": 4,
                "stories_partitions": 2,
            },
        },
        "redis": {"url": redis_url, "edition": f"test-{name}", "must_persist": False},
        "metrics": {"clusterer_port": clusterer, "publisher_port": publisher, "feeds_port": feeds},
        # Loading an encoder takes a second, in each process; tests of meaning ask for it.
        "publisher": {"sentence_meaning": "never"},
        "board": {"port": board},
        "http": {"port": http},
    }
    return Settings(**_merged(values, sections))


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        below = merged.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[name] = _merged(below, value)
        else:
            merged[name] = value
    return merged
