"""The broker that a test runs on, and how a session decides which ones there are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["embedded", "kafka"]

KAFKA_SESSION_TIMEOUT_MS = 6_000
"""The least that Kafka allows by default (group.min.session.timeout.ms)."""

NO_KAFKA = (
    "no Apache Kafka to test on: set KAFKA_HOME to a folder that holds its jars in lib/ or libs/, "
    "or KAFKA_BOOTSTRAP to the address of a running one"
)


@dataclass(frozen=True)
class BrokerUnderTest:
    """Where a running broker is, and what it can be expected to do."""

    kind: Kind
    bootstrap: str
    session_timeout_ms: int

    @property
    def is_kafka(self) -> bool:
        """Whether exactly-once reads, compaction and retention can be tested here."""
        return self.kind == "kafka"


def kafka_home() -> Path | None:
    """The folder named by KAFKA_HOME; a wrong one is an error, not a reason to skip."""
    named = os.environ.get("KAFKA_HOME")
    if not named:
        return None
    home = Path(named).resolve()
    if not any((home / folder).is_dir() for folder in ("lib", "libs")):
        raise FileNotFoundError(f"KAFKA_HOME={named} has neither lib/ nor libs/")
    return home


def kafka_bootstrap() -> str | None:
    """The address of a Kafka that runs already, from KAFKA_BOOTSTRAP."""
    return os.environ.get("KAFKA_BOOTSTRAP") or None
