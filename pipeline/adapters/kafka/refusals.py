"""Why a broker did not let us in.

kafka-python tries again whatever the reason, and its time-out at the end names none. The reason stands in its log,
so it is remembered from there: a wrong password or certificate does not mend itself.
"""

from __future__ import annotations

import logging
import re

from kafka.errors import KafkaError

_LOGGERS = ("kafka.net.manager", "kafka.net.connection", "kafka.net.transport")
_WHY = re.compile(r"(?:SaslAuthenticationFailedError|Handshake failed): [^(]*[^( ]")


class _Memory(logging.Filter):
    """Lets everything through."""

    last: str | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        found = _WHY.search(record.getMessage())
        if found:
            self.last = found[0]
        return True


_memory = _Memory()
for _each in _LOGGERS:
    logging.getLogger(_each).addFilter(_memory)


def last_refusal() -> str | None:
    """What the broker, or our check of its certificate, said last; None where nobody was refused."""
    return _memory.last


def why(error: KafkaError) -> str:
    """What the error means for whoever set the client up."""
    refusal = last_refusal()
    if refusal is not None:
        return f"we were not let in, or did not trust the broker: {refusal}; see kafka.client"
    return f"{error!r}; is kafka.bootstrap_servers right, is the broker up, and does kafka.client fit it?"
