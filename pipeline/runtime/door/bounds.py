"""How much a client may take, and what is counted where one took more."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter

SPARE_FILES = 64
"""File descriptors left for Kafka, logs and the rest of the process."""


class Shut(StrEnum):
    """Why a connection was closed, or a request refused, before the application saw it."""

    HEAD = "head"
    """The head of a request did not arrive in time."""
    BODY = "body"
    """Its body did not."""
    ANSWER = "answer"
    """The client did not take the answer."""
    CROWDED = "crowded"
    """It had waited longest when others needed the place."""
    ADDRESS = "address"
    """429: too many requests under way from this address."""
    FULL = "full"
    """503: too many requests under way."""


@dataclass(frozen=True)
class Bounds:
    """Time limits, and numbers of connections. Those that wait for their client are counted apart from those
    whose request is under way, so that neither kind takes the places of the other."""

    connections: int
    """Of each kind, over all addresses."""
    per_address: int
    """Of each kind, from one address: an IPv4 address or an IPv6 network of 64 bits."""
    head_s: float = 10.0
    """From the connection, or the answer before, to the end of a request's head."""
    body_s: float = 65.0
    """From there to the end of its body."""
    answer_s: float = 30.0
    """Without any progress of an answer that the client does not take."""

    @property
    def places(self) -> int:
        """`connections`, or fewer where the process may not open so many files."""
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return max(1, min(self.connections, (files - SPARE_FILES) // 2))


class DoorMetrics:
    """What was turned away."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._shut = Counter(
            "groundswell_door_shut_total",
            "Connections closed and requests refused before the application",
            ["reason"],
            registry=registry,
        )
        for reason in Shut:
            self._shut.labels(reason)

    def shut(self, reason: Shut) -> None:
        """One was turned away."""
        self._shut.labels(reason).inc()
