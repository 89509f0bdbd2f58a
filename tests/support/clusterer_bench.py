"""A clusterer of the real parts on a real Redis, with a broker in memory that is fed by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

import numpy as np
import pytest
from redis import Redis

from consumers.clusterer.clusterer_metrics import ClustererMetrics
from consumers.clusterer.hiding import Hiding
from consumers.clusterer.synced_clustering import SyncedClustering
from consumers.clusterer.worker import Clusterer, Stores
from pipeline.adapters.kafka.identity import TopicIdentity
from pipeline.adapters.store.articles import ArticleReader
from pipeline.adapters.store.commit import Batch, CommitOutcome, Committed, Committer
from pipeline.adapters.store.live_reader import LiveStoriesReader
from pipeline.adapters.store.positions import Positions
from pipeline.adapters.store.server import ServerGuard
from pipeline.adapters.store.stories import StoryReader
from pipeline.domain.clustering import Clustering
from pipeline.domain.clustering.types import Vector
from pipeline.domain.encoder.protocol import Encoder
from pipeline.runtime.health import Health
from pipeline.runtime.vigil import Vigil
from pipeline.settings import ClustererSettings, RedisSettings, Settings
from tests.support.editions import a_clusterer
from tests.support.samples import article
from tests.unit.clusterer.fakes import FakeConsumer, FakeIdentity, FakeProducer, FakeRecord, at
from tests.unit.clustering.helpers import DIMS, MODEL


class FakeEncoder:
    """Equal first words of a title give near vectors."""

    name = digest = "fake"

    def __init__(self) -> None:
        self.encoded: list[str] = []
        self.while_encoding: Callable[[], object] = lambda: None

    def encode(self, texts: Sequence[str]) -> list[Vector]:
        self.encoded += texts
        self.while_encoding()
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> Vector:
        seed = int(hashlib.sha256(text.split()[0].encode()).hexdigest()[:8], 16)
        vector = np.random.default_rng(seed).normal(size=DIMS).astype(np.float32)
        return cast(Vector, vector / np.linalg.norm(vector))


class Bench:
    """A clusterer of the real parts on a real Redis, fed by hand; partitions 0 and 1 are its own."""

    def __init__(self, redis: Redis, monkeypatch: pytest.MonkeyPatch, edition_name: str, **settings: Any) -> None:
        self.edition = edition_name
        edition = RedisSettings(edition=edition_name)
        self.redis, self.consumer, self.encoder = redis, FakeConsumer(), FakeEncoder()
        self.metrics, self.producer = ClustererMetrics(), FakeProducer()
        self.positions, self.stories = Positions(redis, edition), StoryReader(redis, edition)
        monkeypatch.setattr("consumers.clusterer.letters.make_producer", lambda *_, **__: self.producer)
        self._committer = Committer(redis, edition, a_clusterer(encoder="fake"))
        self.health = Health(self.metrics.registry)
        self.vigil = Vigil(0.01, self.health.beat).__enter__()
        self.pauses: list[float] = []
        self.replica = Clustering(MODEL)
        synced = SyncedClustering(
            self.replica,
            self._committer,
            LiveStoriesReader(redis, edition),
            self.metrics,
            long_step=lambda: self.vigil.during(60.0),
            sleep=self.pauses.append,
        )
        chosen: dict[str, Any] = {"batch_size": 16, "batch_wait_s": 0.01, "sweep_every": 1_000, **settings}
        own = Settings(clusterer=ClustererSettings(**chosen), redis=edition)
        self.clusterer = Clusterer(
            own,
            self.consumer,
            Stores(
                self.positions, ArticleReader(redis, edition), self.stories, synced, ServerGuard(redis, edition),
                Hiding(redis, own),
            ),
            cast(Encoder, self.encoder), self.metrics, cast(TopicIdentity, FakeIdentity()),
            long_step=lambda: self.vigil.during(60.0),
        )  # fmt: skip
        self.assign(0, 1)

    def assign(self, *partitions: int) -> None:
        self.consumer.listener.on_partitions_assigned([at(each) for each in partitions])
        self.clusterer.step()

    def take(self, *records: FakeRecord) -> int:
        self.consumer.feed(*records)
        return self.clusterer.step()

    def outcome(self, name: str) -> float:
        return float(self.metrics.articles.labels(name)._value.get())

    def count(self, name: str) -> float:
        return float(getattr(self.metrics, name)._value.get())

    def refused(self, reason: str) -> float:
        return float(self.metrics.commit_refused.labels(reason)._value.get())

    def before_commit(self, call: Callable[[Batch], object]) -> None:
        """From now on, each time after a batch was decided."""
        commit = self._committer.commit

        def late(batch: Batch) -> CommitOutcome:
            call(batch)
            return commit(batch)

        self._committer.commit = late  # type: ignore[method-assign]

    def after_commit(self, call: Callable[[Batch], object]) -> None:
        """From now on, each time when a batch is applied."""
        commit = self._committer.commit

        def heard(batch: Batch) -> CommitOutcome:
            outcome = commit(batch)
            if isinstance(outcome, Committed):
                call(batch)
            return outcome

        self._committer.commit = heard  # type: ignore[method-assign]

    def close(self) -> None:
        self.clusterer.close()
        self.vigil.__exit__(None, None, None)


MakeBench = Callable[..., Bench]


def good(partition: int, offset: int, number: int | None = None, **fields: str) -> FakeRecord:
    value = article(partition * 100 + offset if number is None else number, **fields)
    return FakeRecord(partition, offset, 1_000 * offset, value)


def broken(partition: int, offset: int) -> FakeRecord:
    return FakeRecord(partition, offset, 1_000 * offset, f"broken {partition}/{offset}".encode())


def version(offset: int, number: int, updated_at: str, **fields: Any) -> FakeRecord:
    """Of article `number`, in partition 0."""
    value = article(number, updated_at=updated_at, **fields)
    return FakeRecord(0, offset, 1_741_000_000_000 + 1_000 * offset, value)


def members(one: Bench) -> dict[str, dict[int, tuple[str, datetime]]]:
    """Story to number, title and arrival of its members."""
    found: dict[str, dict[int, tuple[str, datetime]]] = {}
    for story_id in one.stories.all_ids():
        snapshot = one.stories.snapshot(story_id)
        assert snapshot is not None
        found[story_id] = {
            int((each.url or "").rpartition("/")[2]): (each.title, each.received_at) for each in snapshot.articles
        }
    return found


def committed_articles(one: Bench) -> int:
    """As the counters say, and as the stories hold them."""
    snapshots = [one.stories.snapshot(each) for each in one.stories.live_ids()]
    held = sum(len(each.articles) for each in snapshots if each is not None)
    assert one.positions.counters()["in"] == held
    return held
