"""Settings for one test: names that no other test uses, and ports that are free."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from typing import Any

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
        "board": {"port": board},
        "http": {"port": http},
    }
    return Settings(**_merged(values, sections))


def settings_env(settings: Settings) -> dict[str, str]:
    """A whole environment in which a role reads exactly these settings."""
    inherited = {name: value for name, value in os.environ.items() if not is_setting(name)}
    chosen = {
        f"GROUNDSWELL_{section.upper()}": value if isinstance(value, str) else json.dumps(value)
        for section, value in settings.model_dump(mode="json").items()
    }
    return {**inherited, **chosen}


def is_setting(variable: str) -> bool:
    """Whether this environment variable would change the settings of a test."""
    section = variable.removeprefix("GROUNDSWELL_").split("__")[0].lower()
    return variable.startswith("GROUNDSWELL_") and section in {*Settings.model_fields, "config"}


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        below = merged.get(name)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[name] = _merged(below, value)
        else:
            merged[name] = value
    return merged
