"""Whether a role works, and what /healthz, /readyz and /metrics say of it, whoever serves them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import choose_encoder

from pipeline.runtime.contacts import Contacts

MAX_BEAT_AGE_S = 60.0
"""Above the slowest honest turn of a loop: a batch of long texts on a loaded machine, a Kafka time-out."""


class Health:
    """Whether a role's loop makes progress, and whether it can do its work. Safe to share between threads."""

    def __init__(
        self,
        registry: CollectorRegistry,
        max_age_s: float = MAX_BEAT_AGE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._max_age_s = max_age_s
        self._last_beat = clock()
        self._readiness: tuple[bool, str] = (False, "starting")
        self.contacts = Contacts(clock)
        ready_gauge = Gauge(
            "groundswell_ready", "1 while the role's dependencies are there, else 0", registry=registry
        )
        ready_gauge.set_function(lambda: self._lack() is None)
        self._beat_gauge = Gauge(
            "groundswell_last_beat_timestamp_seconds", "When the role's loop last went round", registry=registry
        )
        self._beat_gauge.set_to_current_time()

    def beat(self) -> None:
        """The loop went round once. Call it also when there was nothing to do."""
        self._last_beat = self._clock()
        self._beat_gauge.set_to_current_time()

    def alive(self, max_age_s: float | None = None) -> bool:
        """True where the last beat is at most this old."""
        return self._age_s() <= (self._max_age_s if max_age_s is None else max_age_s)

    def set_ready(self, ready: bool, reason: str = "") -> None:
        """Say whether the role can do its work now, and if not, what it waits for."""
        self._readiness = (ready, reason)

    def waits_for(self, reason: str) -> None:
        """It is alive, and waits for this."""
        self.beat()
        self.set_ready(False, reason)

    def healthz(self) -> tuple[int, dict[str, Any]]:
        """Status and body: 200 while the loop makes progress; a supervisor restarts the role on 503."""
        age_s = round(self._age_s(), 3)
        if self.alive():
            return 200, {"status": "ok", "last_beat_age_s": age_s}
        reason = f"the loop made no progress for {age_s:.0f} s (at most {self._max_age_s:.0f} s is healthy)"
        return 503, {"status": "stuck", "reason": reason, "last_beat_age_s": age_s}

    def readyz(self) -> tuple[int, dict[str, Any]]:
        """Status and body: 200 while the dependencies are there; on 503 work just waits."""
        lack = self._lack()
        if lack is None:
            return 200, {"status": "ready"}
        return 503, {"status": "not ready", "reason": lack}

    def _lack(self) -> str | None:
        """What the role waits for; None where it can do its work."""
        ready, reason = self._readiness
        if ready:
            return self.contacts.missing()
        lost = self.contacts.lost()
        return f"{lost}; {reason}" if lost else reason

    def _age_s(self) -> float:
        return self._clock() - self._last_beat


class Answer(NamedTuple):
    """An answer over HTTP."""

    status: int
    body: bytes
    content_type: str


OPERATIONS = ("/healthz", "/readyz", "/metrics")
"""The paths that `answer_operations` knows."""


def answer_operations(path: str, health: Health, registry: CollectorRegistry, accept: str | None) -> Answer:
    """The answer at one of `OPERATIONS`; `accept` is the request's header, which chooses the format of metrics."""
    if path == "/metrics":
        encode, content_type = choose_encoder(accept or "")
        return Answer(200, encode(registry), content_type)
    status, body = health.healthz() if path == "/healthz" else health.readyz()
    return Answer(status, json.dumps(body).encode(), "application/json")
