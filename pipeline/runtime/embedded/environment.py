"""How a role is told of the embedded services."""

from __future__ import annotations

from pipeline.runtime.embedded.broker import EmbeddedBroker
from pipeline.runtime.embedded.redis import EmbeddedRedis


def embedded_settings_env(broker: EmbeddedBroker, redis: EmbeddedRedis) -> dict[str, str]:
    """The settings by which a role reaches the embedded services, as environment variables."""
    return {
        "GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap,
        "GROUNDSWELL_KAFKA__SESSION_TIMEOUT_MS": str(broker.session_timeout_ms),
        "GROUNDSWELL_KAFKA__TOPICS__REPLICATION_FACTOR": "1",
        "GROUNDSWELL_REDIS__URL": redis.url,
        "GROUNDSWELL_REDIS__MUST_PERSIST": "false",
    }
