"""How to reach Kafka."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Connection:
    """An address, and what a client there must know."""

    bootstrap_servers: str = "127.0.0.1:9092"
    """One or more addresses, with commas between them."""
    session_timeout_ms: int = 10_000
    """How long a group waits for a member that is silent; 6,000 is the least that a real Kafka allows."""
    max_fetch_bytes: int = 8_388_608
    """Of one fetch from one partition; a larger record is fetched all the same."""
    client: Mapping[str, Any] = field(default_factory=dict)
    """Passed through to kafka-python: security_protocol, sasl_mechanism, ssl_cafile, ..."""
