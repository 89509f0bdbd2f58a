"""Opens the connection to the topic, and waits for a broker or topic that is not there yet."""

from __future__ import annotations

import logging
import threading
import time

from kafka.errors import (
    AuthorizationError,
    KafkaConfigurationError,
    KafkaError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)

from groundswell.broker.connection import Connection
from groundswell.broker.consumer import make_consumer
from groundswell.broker.source import GroupMember, Source, WholeTopic
from groundswell.errors import ConnectError
from groundswell.observer import Observer

log = logging.getLogger(__name__)

RETRY_S = 2.0
TELL_S = 30.0
"""Between two lines about what is waited for, unless that changes."""
BOOTSTRAP_TIMEOUT_MS = 5_000

BATCH_RECORDS = 100
"""Polled at once. A member of a group must come back to poll within `max_poll_interval_ms` (5 minutes), so this
leaves three seconds for each record."""

HOPELESS = (
    AuthorizationError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
    KafkaConfigurationError,
)
"""Trying again would not help."""

NOTHING_TOLD = ("", float("-inf"))
"""What a subscriber waits for, and when the log was told."""


class Connector:
    """Makes sources; after the first one it waits as long as it takes."""

    def __init__(
        self, connection: Connection, topic: str, group: str | None, timeout_s: float | None, observer: Observer
    ) -> None:
        self._connection = connection
        self._topic = topic
        self._group = group
        self._timeout_s = timeout_s
        self._observer = observer
        self._told = NOTHING_TOLD

    def connect(self, stopped: threading.Event) -> Source | None:
        """A source; None where it was stopped before there was one. Raises ConnectError."""
        deadline = None if self._timeout_s is None else time.monotonic() + self._timeout_s
        while not stopped.is_set():
            try:
                source = self._open()
            except (ConnectError, KafkaError) as error:
                self._wait(error, deadline, stopped)
            else:
                self._timeout_s = None
                if self._told is not NOTHING_TOLD:
                    log.info("the subscriber reads topic %s", self._topic)
                self._told = NOTHING_TOLD
                return source
        return None

    def lost(self, error: KafkaError, stopped: threading.Event) -> None:
        """A connection ended in an error; the next one may follow after a pause. Raises ConnectError."""
        self._wait(error, None, stopped)

    def _open(self) -> Source:
        """Raises ConnectError where the topic does not exist, and KafkaError."""
        consumer = make_consumer(
            self._connection,
            group_id=self._group,
            max_poll_records=BATCH_RECORDS,
            bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS,
        )
        try:
            if not consumer.partitions_for_topic(self._topic):
                raise ConnectError(
                    f"topic {self._topic} does not exist: create it with `groundswell topics apply`"
                )
            source = WholeTopic if self._group is None else GroupMember
            return source(consumer, self._topic)
        except BaseException:
            consumer.close()
            raise

    def _wait(self, error: Exception, deadline: float | None, stopped: threading.Event) -> None:
        reason = str(error) if isinstance(error, ConnectError) else self._no_stories(error)
        if isinstance(error, HOPELESS) or (deadline is not None and time.monotonic() >= deadline):
            raise ConnectError(reason) from error
        self._log(reason)
        self._observer.waiting(reason)
        stopped.wait(RETRY_S)

    def _log(self, reason: str) -> None:
        told, at = self._told
        if reason != told or time.monotonic() - at >= TELL_S:
            self._told = (reason, time.monotonic())
            log.warning("the subscriber waits for topic %s: %s", self._topic, reason)

    def _no_stories(self, error: Exception) -> str:
        return f"no stories from {self._connection.bootstrap_servers}: {error!r}"
