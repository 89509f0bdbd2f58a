"""The embedded Kafka-compatible broker: Tansu, in memory.

Good for trying things and for fast tests, not a Kafka. Known limits of Tansu 0.6.0: `read_committed` also
returns flushed records of aborted transactions; no compaction and no retention, so memory grows with the
data; `end_offsets`, `seek_to_end` and `auto_offset_reset=latest` point at the last batch instead of its end;
offsets sent in a transaction are accepted from consumers that have left the group. What needs those is tested
on Apache Kafka. A broker that is killed has lost its topics.
"""

from __future__ import annotations

import socket
import struct
import uuid
from pathlib import Path
from typing import ClassVar

from pipeline.runtime.embedded.binaries import BROKER, PackagedBinary
from pipeline.runtime.embedded.services import HOST, EmbeddedService

# Metadata, version 2, correlation id 1, no client id, no topics.
_METADATA = struct.pack(">hhihi", 3, 2, 1, -1, 0)
_MOST_METADATA = 65_536
"""Bytes of an answer looked at: whoever answers may not be a broker at all."""


class EmbeddedBroker(EmbeddedService):
    """A Kafka-compatible broker that keeps its topics in memory.

    Without a directory the log is in a temporary folder; with one it is `DIRECTORY/log.txt`.
    """

    binary: ClassVar[PackagedBinary] = BROKER
    session_timeout_ms: ClassVar[int] = 2_000
    """Tansu lets a consumer wait for half of this before it joins a group."""

    def __init__(
        self, directory: Path | None = None, *, port: int = 0, preferred_port: int = 0,
        ready_timeout_s: float = 20.0,
    ) -> None:  # fmt: skip
        """See the base class."""
        super().__init__(directory, port=port, preferred_port=preferred_port, ready_timeout_s=ready_timeout_s)
        self._cluster = f"groundswell-{uuid.uuid4().hex}"
        """By which we know that it is our broker that answers, and not another one on a port we lost."""

    @property
    def bootstrap(self) -> str:
        """Value for `bootstrap_servers`."""
        return f"{HOST}:{self.port}"

    def command(self, program: Path, folder: Path) -> list[str]:  # noqa: ARG002
        """See the base class; nothing is kept in the folder but the log."""
        url = f"tcp://{self.bootstrap}"
        return [
            str(program), "broker", "--cluster-id", self._cluster, "--storage-engine", "memory://tansu/",
            "--listener-url", url, "--advertised-listener-url", url,
        ]  # fmt: skip

    def answers(self) -> bool:
        """See the base class."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0) as connection:
                connection.sendall(struct.pack(">i", len(_METADATA)) + _METADATA)
                (size,) = struct.unpack(">i", connection.recv(4, socket.MSG_WAITALL))
                reply = connection.recv(min(size, _MOST_METADATA), socket.MSG_WAITALL)
        except (OSError, ValueError, struct.error):  # an answer that is too short or is no answer
            return False
        return self._cluster.encode() in reply
