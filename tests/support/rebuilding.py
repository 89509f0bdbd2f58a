"""An edition that publishes, one that is rebuilt beside it, and a subscriber who reads throughout."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from consumers.clusterer.worker import Clusterer
from consumers.publisher.worker import Publisher
from groundswell import Subscriber
from groundswell.record import Status, StoryRecord
from pipeline.adapters.store.keys import Keys
from pipeline.domain.encoder.protocol import Encoder
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.runtime.rebuild.beginning import begin
from pipeline.runtime.rebuild.switching import Switch
from pipeline.settings import Settings
from tests.support.drive import cluster_all, clusterer, publish_all, publisher
from tests.support.samples import article
from tests.support.waiting import eventually
from tests.support.world import World, open_world

EAGER = {"min_sources": 1, "interval_s": 0.0, "settle_s": 0.0, "lease_s": 20.0}
"""The publisher that stands by counts as there for so long without a turn: a command takes its time to start where
other tests run beside it."""


class HalfBlindEncoder(HashingEncoder):
    """Another encoder: it sees every other word, so what it takes for alike is not what the first one does."""

    digest = "every other word"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return super().encode([" ".join(each.split()[::2]) for each in texts])


def newer(settings: Settings, edition: str = "", group: str = "") -> Settings:
    """The same for an edition that is rebuilt beside the one of these settings."""
    redis = settings.redis.model_copy(update={"edition": edition or f"{settings.redis.edition}-green"})
    kafka = settings.kafka.model_copy(update={"group": group or f"{settings.kafka.group}-green"})
    return settings.model_copy(update={"redis": redis, "kafka": kafka})


@dataclass
class Reader:
    """Reads `stories` in a thread of its own, as a subscriber does, from before the first record on."""

    settings: Settings
    stories: dict[str, StoryRecord] = field(default_factory=dict)
    """The last record of each story that was handed out."""
    lags: list[int] = field(default_factory=list)

    def __enter__(self) -> Self:
        kafka = self.settings.kafka
        self.subscriber = Subscriber(kafka.connection, kafka.topics.stories)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.subscriber.stop()
        self._thread.join(20)

    def _read(self) -> None:
        with self.subscriber as records:
            for record in records:
                self.stories[record.story_id] = record

    @property
    def live(self) -> set[str]:
        """Stories that are going on, as this reader knows them."""
        return {each for each, record in self.stories.items() if record.status is Status.ACTIVE}


@dataclass
class Both:
    """Blue publishes, green stands by."""

    blue: World
    green: World

    @property
    def name(self) -> str:
        return self.blue.settings.redis.edition

    def begin(self, **options: Any) -> None:
        begin(self.blue.redis, self.green.settings, self.name, **options)

    def switching(self, turn: Callable[[], object] = lambda: None) -> Switch:
        """What others do while it waits is done by `turn`."""
        return Switch(self.blue.redis, self.green.settings, lambda _: None, HashingEncoder, sleep=lambda _: turn())

    def sources(self) -> list[list[bytes]]:
        """Of the records on `stories`, by partition: whose they are."""
        found: dict[int, list[bytes]] = {}
        for each in self.blue.read(self.blue.settings.kafka.topics.stories):
            found.setdefault(each.partition, []).append(dict(each.headers)["ce_source"])
        return list(found.values())


@contextlib.contextmanager
def both(settings: Settings) -> Iterator[Both]:
    with open_world(settings) as blue, open_world(newer(settings)) as green:
        yield Both(blue, green)


@contextlib.contextmanager
def filled(
    it: Both, encoder: Encoder | None = None
) -> Iterator[tuple[Clusterer, Clusterer, Publisher, Publisher]]:
    """A clusterer and a publisher of each, where both have read all; the older one has something unpublished."""
    with contextlib.ExitStack() as stack:
        one = stack.enter_context(clusterer(it.blue.settings, encoder or HashingEncoder()))
        out = stack.enter_context(publisher(it.blue.settings))
        it.blue.send([*map(article, range(3)), b"no article"])
        cluster_all(it.blue, [one], 4)
        publish_all(it.blue, out)
        it.begin()
        two = stack.enter_context(clusterer(it.green.settings, encoder or HashingEncoder()))
        it.blue.send([article(9)])
        cluster_all(it.blue, [one], 5)
        new = stack.enter_context(publisher(it.green.settings))
        cluster_all(it.green, [two], 5)
        new.step()
        yield one, two, out, new


def state(world: World, **fields: str) -> None:
    """The edition says so, as if its processes had been there."""
    redis, keys = world.redis, Keys(world.settings.redis.edition)
    for name, value in {"shards": str(world.settings.publisher.shards), **fields}.items():
        redis.hset(keys.identity, name, value)


def check_taken_over(it: Both, reader: Reader, earlier: int = 0) -> None:
    """What a subscriber has is what the newer edition has, and every id leads somewhere."""
    live = set(it.green.stories.live_ids())
    last = it.green.last_records()
    assert {each for each, record in last.items() if record["status"] == Status.ACTIVE} == live
    eventually(lambda: reader.stories.keys() == last.keys() and all(
        reader.stories[each].revision == record["revision"] for each, record in last.items()
    ), what="the subscriber has the last records")  # fmt: skip
    assert reader.live == live
    for each in live:
        assert reader.subscriber.resolve(each) == each
        held = it.green.stories.snapshot(each)
        assert held is not None
        assert held.revision == last[each]["revision"]
    for each, record in reader.stories.items():
        survivor = reader.stories[reader.subscriber.resolve(each)]
        assert survivor.status is not Status.MERGED
        assert record.status is Status.MERGED or survivor is record
    revisions: dict[str, int] = {}
    for told in it.green.published():
        assert told["revision"] > revisions.get(told["story_id"], 0)
        revisions[told["story_id"]] = told["revision"]
    for sources in it.sources():
        changes = [each for each, before in zip(sources, [b"", *sources], strict=False) if each != before]
        assert len(changes) <= 2 + earlier, "no two editions publish at a time"
