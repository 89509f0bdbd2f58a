"""The processes of the demo: embedded services, the three consumers, and what flows through them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from groundswell.record import Status
from pipeline.adapters.kafka.clients import make_admin, make_consumer
from pipeline.adapters.kafka.reading import read_to_end
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.outbox import Outbox
from pipeline.adapters.store.positions import Positions
from pipeline.json_codec import from_json
from pipeline.runtime.embedded.broker import EmbeddedBroker
from pipeline.runtime.embedded.embedded_errors import EmbeddedError
from pipeline.runtime.embedded.environment import embedded_settings_env
from pipeline.runtime.embedded.processes import ManagedProcess
from pipeline.runtime.embedded.redis import EmbeddedRedis
from pipeline.runtime.embedded.services import free_port
from pipeline.runtime.shutdown import Stop
from pipeline.settings import Settings, load_settings

ROLES = ("clusterer", "publisher", "board")

DEMO_SETTINGS = {
    "GROUNDSWELL_PUBLISHER__MIN_SOURCES": "1",  # every article stands in a record
    "GROUNDSWELL_PUBLISHER__INTERVAL_S": "1",
    "GROUNDSWELL_PUBLISHER__MAX_ARTICLES": "100000",
    "GROUNDSWELL_METRICS__CLUSTERER_PORT": "0",
    "GROUNDSWELL_METRICS__PUBLISHER_PORT": "0",
}

BROKER_PORT = 9092
"""Kafka's own, and that of the settings and of all documentation: what is written there works with the demo."""

READY_WITHIN_S = 120.0
"""The first start builds the encoder's files."""


class DemoStack:
    """Everything the demo starts; leaving the context stops it, in the reverse order, and nothing else."""

    def __init__(self, port: int, config: Path | None = None) -> None:
        """The board's port, or any free one where it is taken; a file of settings for every role."""
        self._port = free_port(port)
        self._config = config
        self._stack = ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="groundswell-demo-"))
        self._roles: list[ManagedProcess] = []

    @property
    def board_url(self) -> str:
        """Where the board is."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def environment(self) -> Path:
        """A file of the variables by which any other command has the settings of the demo, for a shell to read."""
        return self.folder / "environment"

    @property
    def settings(self) -> Settings:
        """Those of every role: where the services are, above all. Once started."""
        return self._settings

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if kind is None:  # after an error the logs stay
            shutil.rmtree(self.folder, ignore_errors=True)

    def wait_until_published(self, total: int, stop: Stop) -> None:
        """Wait until this many records have come in and each article of them is in a published story."""
        with _progress() as progress:
            clustered = progress.add_task("clustered", total=total)
            while not stop.is_set():
                self._check_roles()
                counters = self._positions.counters()
                progress.update(clustered, completed=counters["in"])
                if counters["in"] >= total and counters["swept"] >= counters["in"] and not self._unpublished():
                    return
                stop.wait(0.2)

    def final_records(self) -> list[dict[str, Any]]:
        """The last record of each story, as subscribers have it; merged ones live on in their survivor."""
        latest: dict[str, dict[str, Any]] = {}
        consumer = make_consumer(self._settings.kafka)
        try:
            for message in read_to_end(consumer, self._settings.kafka.topics.stories):
                record = from_json(message.value)
                known = latest.get(record["story_id"])
                if known is None or record["revision"] > known["revision"]:
                    latest[record["story_id"]] = record
        finally:
            consumer.close()
        return [record for record in latest.values() if record["status"] != Status.MERGED]

    def watch(self, stop: Stop) -> None:
        """Wait until told to stop; an error where a role ends by itself."""
        while not stop.wait(0.5):
            self._check_roles()

    def _start(self) -> None:
        broker = self._stack.enter_context(EmbeddedBroker(preferred_port=BROKER_PORT))
        redis = self._stack.enter_context(EmbeddedRedis())
        chosen = {
            **embedded_settings_env(broker, redis),
            **DEMO_SETTINGS,
            "GROUNDSWELL_BOARD__PORT": str(self._port),
        }
        os.environ.update(chosen)
        self.environment.write_text("".join(f"{name}={value}\n" for name, value in chosen.items()), "utf-8")
        self._settings = load_settings(self._config)
        client = make_redis(self._settings.redis)
        self._positions = Positions(client, self._settings.redis)
        self._outbox = Outbox(client, self._settings.redis)
        admin = make_admin(self._settings.kafka)
        apply_topics(admin, self._settings.kafka)
        admin.close()
        config = ["--config", str(self._config)] if self._config else []
        for role in ROLES:
            command = [sys.executable, "-m", "pipeline.runtime.cli.main", *config, "consume", role]
            process = ManagedProcess(role, command, log=self.folder / f"{role}.log")
            self._roles.append(self._stack.enter_context(process))
        self._wait_for_board()

    def _wait_for_board(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            self._check_roles()
            try:
                if httpx.get(f"{self.board_url}/readyz", timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
        raise EmbeddedError(f"the board was not ready within {READY_WITHIN_S:.0f} s; its log is in {self.folder}")

    def _check_roles(self) -> None:
        for role in self._roles:
            if not role.running:
                raise EmbeddedError(f"the {role.name} ended by itself; the end of its log:\n{role.log_tail()}")

    def _unpublished(self) -> int:
        return sum(self._outbox.size(shard) for shard in range(self._settings.publisher.shards))


def _progress() -> Progress:
    """A progress bar on stderr."""
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))
