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
from pathlib import Path
from typing import ClassVar

from pipeline.embedded.binaries import BROKER, PackagedBinary
from pipeline.embedded.services import HOST, EmbeddedService

# ApiVersions, version 0, correlation id 1, no client id: the one request that every broker answers.
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)


class EmbeddedBroker(EmbeddedService):
    """A Kafka-compatible broker that keeps its topics in memory.

    Without a directory the log is in a temporary folder; with one it is `DIRECTORY/log.txt`.
    """

    binary: ClassVar[PackagedBinary] = BROKER
    session_timeout_ms: ClassVar[int] = 2_000
    """Tansu lets a consumer wait for half of this before it joins a group."""

    @property
    def bootstrap(self) -> str:
        """Value for `bootstrap_servers`."""
        return f"{HOST}:{self.port}"

    def command(self, program: Path, folder: Path) -> list[str]:  # noqa: ARG002
        """See the base class; nothing is kept in the folder but the log."""
        url = f"tcp://{self.bootstrap}"
        return [
            str(program), "broker", "--listener-url", url, "--advertised-listener-url", url,
            "--storage-engine", "memory://tansu/",
        ]  # fmt: skip

    def answers(self) -> bool:
        """See the base class."""
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0) as connection:
                connection.settimeout(1.0)
                connection.sendall(_API_VERSIONS)
                reply = connection.recv(8, socket.MSG_WAITALL)
        except OSError:
            return False
        return len(reply) == 8 and struct.unpack(">i", reply[4:])[0] == 1
