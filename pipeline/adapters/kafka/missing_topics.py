"""A topic that does not exist is told in one line, and again after a while.

kafka-python looks for it ten times a second and logs each look.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

AGAIN_S = 30.0
"""Between two lines about the same topic."""

_LOGGERS = ("kafka.cluster", "kafka.consumer.fetcher", "kafka.producer.sender")
_MISSING = re.compile(
    r"Topic (?P<a>\S+) not found in cluster metadata"
    r"|unknown topic or partition error .*?topic='(?P<b>[^']+)'"
    r"|topic='(?P<c>[^']+)'.*UnknownTopicOrPartitionError"
)


def told_missing(topic: str) -> str:
    """What is seen, and what to do."""
    return f"topic {topic} does not exist: create it with `groundswell topics apply`"


class MissingTopicFilter(logging.Filter):
    """Says of a missing topic what to do, and nothing of it for a while after that."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is logged; it is rewritten where it is about a missing topic."""
        found = _MISSING.search(record.getMessage())
        if found is None:
            return True
        topic, now = str(found["a"] or found["b"] or found["c"]), self._clock()
        if now - self._told.get(topic, float("-inf")) < AGAIN_S:
            return False
        self._told[topic] = now
        record.msg, record.args = told_missing(topic), ()
        return True


_filter = MissingTopicFilter()


def quieten_missing_topics() -> None:
    """For all Kafka clients of this process; safe to repeat."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_filter)
