"""The one factory of consumers."""

from __future__ import annotations

import logging
from typing import Any

from kafka import KafkaConsumer, __version__

from groundswell.broker.connection import Connection
from groundswell.broker.joins import keep_finished_joins
from groundswell.broker.parked import take_back_parked
from groundswell.broker.unreadable import read_past_unreadable

log = logging.getLogger(__name__)

RECONNECT_MAX_MS = 1_000
"""Between two tries to reach a broker that is away: so long may it go unnoticed that it is back.
kafka-python's own bound is 30 s."""

MENDED_VERSION = "3.0.12"
"""Of kafka-python. `joins`, `parked` and `unreadable` reach into its private parts, which others may not have."""


def make_consumer(connection: Connection, **overrides: Any) -> KafkaConsumer:
    """A consumer of committed records that starts at the beginning and never commits by itself.

    In the place of records that can't be read it gives one whose value is an `Unreadable`.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": connection.bootstrap_servers.split(","),
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "session_timeout_ms": connection.session_timeout_ms,
        "heartbeat_interval_ms": max(connection.session_timeout_ms // 4, 250),
        "max_partition_fetch_bytes": connection.max_fetch_bytes,
        "allow_auto_create_topics": False,
        "reconnect_backoff_max_ms": RECONNECT_MAX_MS,
    }
    consumer = KafkaConsumer(**{**options, **connection.client, **overrides})
    if __version__ == MENDED_VERSION:
        keep_finished_joins(consumer)
        take_back_parked(consumer)
        read_past_unreadable(consumer)
    else:
        log.warning("kafka-python %s: what is mended in %s is left as it is", __version__, MENDED_VERSION)
    return consumer
