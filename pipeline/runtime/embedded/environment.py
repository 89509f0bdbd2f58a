"""How a role that is started as a process is told its settings."""

from __future__ import annotations

import json
import os

from pipeline.runtime.embedded.broker import EmbeddedBroker
from pipeline.runtime.embedded.redis import EmbeddedRedis
from pipeline.settings import Settings


def embedded_settings_env(broker: EmbeddedBroker, redis: EmbeddedRedis) -> dict[str, str]:
    """The settings by which a role reaches the embedded services, as environment variables."""
    return {
        "GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap,
        "GROUNDSWELL_KAFKA__SESSION_TIMEOUT_MS": str(broker.session_timeout_ms),
        "GROUNDSWELL_KAFKA__TOPICS__REPLICATION_FACTOR": "1",
        "GROUNDSWELL_REDIS__URL": redis.url,
        "GROUNDSWELL_REDIS__MUST_PERSIST": "false",
    }


def settings_env(settings: Settings) -> dict[str, str]:
    """A whole environment in which a role reads exactly these settings."""
    inherited = {name: value for name, value in os.environ.items() if not is_setting(name)}
    chosen = {
        f"GROUNDSWELL_{section.upper()}": value if isinstance(value, str) else json.dumps(value)
        for section, value in settings.model_dump(mode="json").items()
    }
    return {**inherited, **chosen}


def is_setting(variable: str) -> bool:
    """Whether this environment variable changes the settings of a role."""
    section = variable.removeprefix("GROUNDSWELL_").split("__")[0].lower()
    return variable.startswith("GROUNDSWELL_") and section in {*Settings.model_fields, "config"}
