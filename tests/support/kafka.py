"""Apache Kafka itself (KRaft, no ZooKeeper) for tests: one node or several, to be killed and brought back."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.runtime.embedded.processes import ManagedProcess

HOST = "127.0.0.1"
READY_TIMEOUT_S = 90.0

PROPERTIES = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
default.replication.factor={copies}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={in_sync}
group.initial.rebalance.delay.ms=0
log.cleaner.backoff.ms=500
log.retention.check.interval.ms=1000
"""

LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class KafkaCluster:
    """A cluster of nodes numbered from 1, each in a process of its own; its data outlive kill() and stop().

    A context manager. Nothing of it outlives the test run.
    """

    def __init__(self, home: Path, directory: Path, nodes: int = 1, *, heap: str = "512m") -> None:
        """`home` holds Kafka's jars in lib/ or libs/; `directory` takes settings, data and logs."""
        self._libraries = home / "lib" if (home / "lib").is_dir() else home / "libs"
        self._directory = directory
        self._heap = heap
        self._logging = directory / "log4j2.properties"
        ports = free_ports(2 * nodes)
        self._ports = {node: ports[2 * node - 2] for node in range(1, nodes + 1)}
        self._controller_ports = {node: ports[2 * node - 1] for node in range(1, nodes + 1)}
        self._processes = {node: self._process(node) for node in self._ports}

    @property
    def nodes(self) -> list[int]:
        """The numbers of its nodes."""
        return list(self._ports)

    @property
    def bootstrap(self) -> str:
        """Value for `bootstrap_servers`: all nodes, also those that are down."""
        return ",".join(f"{HOST}:{port}" for port in self._ports.values())

    def start(self) -> Self:
        """Start every node that is not up and wait until each takes connections."""
        if not self._logging.exists():
            self._create()
        for process in self._processes.values():
            if not process.running:
                process.start()
        for node in self.nodes:
            self._wait_until_ready(node)
        return self

    def kill(self, node: int) -> None:
        """End a node as a power cut would (SIGKILL)."""
        self._processes[node].kill()

    def up(self, node: int) -> None:
        """Bring a killed node back, with its data."""
        if not self._processes[node].running:
            self._processes[node].start()
        self._wait_until_ready(node)

    def stop(self) -> None:
        """End all nodes: SIGTERM to all first, since a controller waits for its quorum when it goes alone."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            process.stop(grace_s=20.0)

    def log_tail(self, node: int, lines: int = 20) -> str:
        """Return the last lines of a node's log."""
        return self._processes[node].log_tail(lines)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _create(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        self._logging.write_text(LOGGING)
        cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        for node in self.nodes:
            self._properties(node).write_text(self._settings(node))
            # One argument: an id may begin with a dash.
            command = self._java("kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "-c")
            command.append(str(self._properties(node)))
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                self._logging.unlink()
                raise RuntimeError(f"Kafka's storage could not be formatted: {done.stdout}{done.stderr}")

    def _settings(self, node: int) -> str:
        copies = min(3, len(self.nodes))
        return PROPERTIES.format(
            node=node,
            voters=",".join(f"{each}@{HOST}:{port}" for each, port in self._controller_ports.items()),
            port=self._ports[node],
            controller_port=self._controller_ports[node],
            data=self._directory / f"data-{node}",
            copies=copies,
            in_sync=max(1, copies - 1),
        )

    def _properties(self, node: int) -> Path:
        return self._directory / f"{node}.properties"

    def _process(self, node: int) -> ManagedProcess:
        command = self._java("kafka.Kafka", str(self._properties(node)))
        return ManagedProcess(f"Kafka node {node}", command, log=self._directory / f"{node}.log")

    def _java(self, *arguments: str) -> list[str]:
        home = os.environ.get("JAVA_HOME")
        program = str(Path(home) / "bin" / "java") if home else "java"
        # -XX:TieredStopAtLevel=1 would start faster, but then the broker stays slow for the whole run.
        return [
            program, f"-Xmx{self._heap}", "-cp", str(self._libraries / "*"),
            f"-Dlog4j2.configurationFile={self._logging}", *arguments,
        ]  # fmt: skip

    def _wait_until_ready(self, node: int) -> None:
        process = self._processes[node]
        deadline = time.monotonic() + READY_TIMEOUT_S
        while process.running and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                socket.create_connection((HOST, self._ports[node]), timeout=1.0).close()
                return
            time.sleep(0.05)
        raise RuntimeError(
            f"Kafka node {node} did not come up (exit code {process.poll()}); "
            f"the end of its log:\n{process.log_tail()}"
        )


def free_ports(count: int) -> list[int]:
    """Ports that are free now, all held open together so that they differ."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [probe.getsockname()[1] for probe in probes]
