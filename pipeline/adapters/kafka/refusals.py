"""Why a broker did not answer us, or did not let us in.

kafka-python tries again whatever the reason, and its time-out at the end names none. The reason stands in its log,
so it is remembered from there: a wrong password or certificate does not mend itself.
"""

from __future__ import annotations

import logging
import re
import socket

from kafka.errors import KafkaError

_LOGGERS = ("kafka.net.manager", "kafka.net.connection", "kafka.net.transport")
_WHY = re.compile(r"(?:SaslAuthenticationFailedError|Handshake failed): [^(]*[^( ]")
_ASKED = re.compile(r"Unable to bootstrap from \[(.*?)\]")
_HOST = re.compile(r"(?:\w+://)?\[?([^,\s\[\]]+?)\]?(?::\d+)?(?:, |$)")


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


def why(error: KafkaError) -> tuple[str, str]:
    """What the error means for whoever set the client up: what was seen, and what to do."""
    refusal = last_refusal()
    if refusal is not None:
        return f"we were not let in, or did not trust the broker: {refusal}", "set kafka.client right"
    asked = _ASKED.search(str(error))
    if asked is None:
        return repr(error), "look at the broker's log"
    servers = ", ".join(re.findall(r"'([^']+)'", asked[1]))
    unknown = ", ".join(sorted({host for host in _HOST.findall(servers) if not _is_known(host)}))
    return (
        f"no broker answers at {servers}" + (f": no address is known for {unknown}" if unknown else ""),
        "start it, or set kafka.bootstrap_servers (GROUNDSWELL_KAFKA__BOOTSTRAP_SERVERS) to where it is, and "
        "kafka.client to the TLS and the password that it wants",
    )


def _is_known(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True
