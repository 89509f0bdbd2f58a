"""One edition with topics and roles of its own, on embedded services that several of them may use."""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

import httpx

from pipeline.adapters.kafka.article_producer import ArticleProducer
from pipeline.adapters.kafka.clients import make_admin
from pipeline.adapters.kafka.topics import apply_topics
from pipeline.adapters.store.client import make_redis
from pipeline.adapters.store.outbox import Outbox
from pipeline.adapters.store.positions import Positions
from pipeline.domain.records.article import Article
from pipeline.quality.bench.machine import Machine, this_machine
from pipeline.runtime.bench.readings import Readings, read_metrics
from pipeline.runtime.embedded import EmbeddedBroker, EmbeddedError, EmbeddedRedis, ManagedProcess
from pipeline.runtime.embedded.environment import settings_env
from pipeline.runtime.embedded.services import HOST
from pipeline.settings import Settings

READY_WITHIN_S = 180.0
LOOK_S = 0.1
"""Between two looks at the store: each costs this machine half a millisecond of processor time."""
_SERVED = b'"metrics served"'
"""Of the line in its log in which a role says where."""
COMMAND = (sys.executable, "-m", "pipeline.runtime.cli.main")


@dataclass(frozen=True)
class Services:
    """A broker and a Redis, and a folder for logs."""

    broker: EmbeddedBroker
    redis: EmbeddedRedis
    folder: Path

    def settings(self, base: Settings, **sections: Mapping[str, Any]) -> Settings:
        """The user's settings on these services, with names of their own; `sections` win.

        docs/performance.md lists what is not the user's.
        """
        name = uuid.uuid4().hex[:8]
        topics = {"articles": f"articles-{name}", "stories": f"stories-{name}", "dead_letters": f"letters-{name}"}
        own: dict[str, Mapping[str, Any]] = {
            "kafka": {
                "bootstrap_servers": self.broker.bootstrap, "client": {}, "group": f"bench-{name}",
                "session_timeout_ms": self.broker.session_timeout_ms,
                "topics": base.kafka.topics.model_dump() | topics | {"replication_factor": 1},
            },
            "redis": {"url": self.redis.url, "cluster": False, "edition": f"bench-{name}", "must_persist": False},
            # Every article stands in a record, so that it can be seen to arrive.
            "publisher": {"min_sources": 1},
            # Nobody's language model is asked, and paid, about made-up news.
            "summariser": {"url": None},
            # Any that is free when a role begins to listen: one found earlier may be taken by then.
            "metrics": {"host": HOST, "clusterer_port": 0, "publisher_port": 0},
        }  # fmt: skip
        values = base.model_dump()
        for section, changes in (*own.items(), *sections.items()):
            values[section] = {**values[section], **changes}
        return Settings(**values | {"log_level": "info"})

    def machine(self, encoder_threads: int | None = None) -> Machine:
        """The machine as it is now, with the versions of the services themselves."""
        here = this_machine(encoder_threads)
        versions = {each.binary.title: each.version for each in (self.broker, self.redis)}
        return replace(here, versions=here.versions | versions)


@contextmanager
def embedded_services() -> Iterator[Services]:
    """Gone afterwards, with all that they held."""
    with (
        TemporaryDirectory(prefix="groundswell-bench-") as folder,
        EmbeddedBroker() as broker,
        EmbeddedRedis() as redis,
    ):
        yield Services(broker, redis, Path(folder))


@dataclass(frozen=True)
class Role:
    """A process, and where its metrics are."""

    process: ManagedProcess

    @cached_property
    def url(self) -> str:
        """Where it serves its metrics, as it says in its log. Raises EmbeddedError where it does not yet."""
        for line in self.process.log.read_bytes().split(b"\n")[:-1]:
            if _SERVED in line:
                return str(json.loads(line)["address"])
        raise EmbeddedError(f"the {self.process.name} does not say where it serves its metrics")

    def ready(self) -> bool:
        """Whether it works."""
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK
        except (EmbeddedError, httpx.HTTPError):
            return False


class Deployment:
    """A context manager: the roles run meanwhile."""

    def __init__(
        self, services: Services, settings: Settings, *, clusterers: int = 1, publishers: int = 1,
        encoder_ms: float | None = None,
    ) -> None:  # fmt: skip
        """`encoder_ms`: clusterers whose encoder waits for so long; None: they have the one of the settings."""
        self.settings = settings
        self.services = services
        self._folder = services.folder
        stand_in = ("bench", "clusterer", "--encoder-ms", str(encoder_ms))
        clusterer = ("consume", "clusterer") if encoder_ms is None else stand_in
        self._stack = ExitStack()
        self.clusterers = [self._role("clusterer", number, clusterer) for number in range(clusterers)]
        self.publishers = [
            self._role("publisher", number, ("consume", "publisher")) for number in range(publishers)
        ]

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

    def send(self, articles: Sequence[Article]) -> None:
        """All at once; back when the broker has them."""
        for each in articles:
            self.producer.send(each)
        self.producer.flush()

    def committed(self) -> int:
        """Articles that the store has."""
        return self._positions.counters()["in"]

    def published(self) -> bool:
        """Whether every change of a story is on its topic."""
        return all(self._outbox.size(shard) == 0 for shard in range(self.settings.publisher.shards))

    def readings(self) -> Readings:
        """Of all clusterers together."""
        return sum((read_metrics(each.url) for each in self.clusterers), Readings())

    def wait(self, reached: Callable[[], bool], within_s: float, what: str) -> None:
        """Return once it is so. Raises EmbeddedError where it is not in time, or a role has ended."""
        deadline = time.monotonic() + within_s
        while not reached():
            for each in (*self.clusterers, *self.publishers):
                if not each.process.running:
                    raise EmbeddedError(f"the {each.process.name} ended by itself:\n{each.process.log_tail()}")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{what}: not within {within_s:.0f} s")
            time.sleep(LOOK_S)

    def _start(self) -> None:
        admin = make_admin(self.settings.kafka)
        apply_topics(admin, self.settings.kafka)
        admin.close()
        redis = make_redis(self.settings.redis)
        self._positions = Positions(redis, self.settings.redis)
        self._outbox = Outbox(redis, self.settings.redis)
        roles = (*self.clusterers, *self.publishers)
        for each in roles:
            self._stack.enter_context(each.process)
        # Readiness can be lost again while others join the group: all of them at a time.
        self.wait(lambda: all(each.ready() for each in roles), READY_WITHIN_S, "the roles are ready")
        self.producer = self._stack.enter_context(ArticleProducer(self.settings.kafka, "bench"))

    def _role(self, role: str, number: int, command: Sequence[str]) -> Role:
        name, env = f"{role}-{number}", settings_env(self.settings)
        log = self._folder / f"{self.settings.redis.edition}-{name}.log"
        return Role(ManagedProcess(name, [*COMMAND, *command], log=log, env=env))
