"""A store, a lease and a Kafka producer that remember what was asked of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from kafka.errors import KafkaError, MessageSizeTooLargeError

from consumers.publisher.policy import Policy
from consumers.publisher.publisher_metrics import PublisherMetrics
from consumers.publisher.shard import Shard, ShardStores
from pipeline.adapters.store.kept_stories import KeptStories
from pipeline.adapters.store.outbox import Lease, Outbox, Pending
from pipeline.adapters.store.server import ServerGuard
from pipeline.domain.story.build import build_record
from pipeline.domain.story.snapshot import StorySnapshot
from pipeline.json_codec import from_json
from pipeline.settings import KafkaSettings, PublisherSettings, Settings
from tests.unit.story.made import Directory

EAGER = PublisherSettings(min_sources=1, interval_s=0.0, settle_s=0.0)


class Acknowledged:
    """What a send promises, kept."""

    def get(self, timeout: float) -> None: ...


class FakeProducer:
    """A transactional producer; what it holds in `topic` was committed."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.topic: list[dict[str, Any]] = []
        self.keys: list[bytes] = []
        self.fails_at: str | None = None
        self.addressed: list[tuple[str, dict[str, bytes]]] = []
        """Topic and headers of each record that was sent."""
        self.options: dict[str, Any] = {}
        """What it was opened with."""
        self.refuses_above: int | None = None
        """Bytes of a value that the broker still takes."""
        self._open: list[tuple[bytes, bytes]] = []

    def opened(self, settings: KafkaSettings, **options: Any) -> FakeProducer:
        self.options = {"servers": settings.bootstrap_servers, **options}
        return self

    def __getattr__(self, name: str) -> Any:
        def called(*_: object, **__: object) -> None:
            self.calls.append(name)
            if name == self.fails_at:
                raise KafkaError(f"no {name} today")

        return called

    def send(self, topic: str, *, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> Acknowledged:
        self.calls.append("send")
        self.addressed.append((topic, dict(headers)))
        if self.refuses_above is not None and len(value) > self.refuses_above:
            self._open = []
            raise MessageSizeTooLargeError
        self._open.append((key, value))
        return Acknowledged()

    def commit_transaction(self) -> None:
        self.calls.append("commit_transaction")
        if self.fails_at == "commit_transaction":
            raise KafkaError("no commit today")
        self.topic += [from_json(value) for _, value in self._open]
        self.keys += [key for key, _ in self._open]
        self._open = []


@dataclass
class FakeLease:
    """Ours until `lost_after` checks were made."""

    lost_after: int = 1_000
    calls: list[str] = field(default_factory=list)

    def renew(self) -> bool:
        self.calls.append("renew")
        return len(self.calls) <= self.lost_after

    def keep(self) -> bool:
        self.calls.append("keep")
        return len(self.calls) <= self.lost_after

    def release(self) -> None:
        self.calls.append("release")


@dataclass
class FakeStore:
    """Stories by id, and the outbox of one shard."""

    stories: dict[str, StorySnapshot] = field(default_factory=dict)
    waiting: list[Pending] = field(default_factory=list)
    acknowledged: list[tuple[str, int]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    """What was acknowledged besides."""
    revealed: list[str] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    same: bool = True
    """Redis holds what it held."""

    def is_same(self) -> bool:
        return self.same

    def add(self, *snapshots: StorySnapshot, published_age_s: float | None = None) -> None:
        for each in snapshots:
            self.stories[each.story_id] = each
            self.waiting.append(Pending(each.story_id, 60.0, published_age_s))

    def snapshot(self, story_id: str) -> StorySnapshot | None:
        return self.stories.get(story_id)

    def pending(self, shard: int, limit: int) -> list[Pending]:
        return self.waiting[:limit]

    def size(self, shard: int) -> int:
        return len(self.waiting)

    def reveal(self, story_ids: Iterable[str]) -> None:
        self.revealed += story_ids

    def acknowledge(self, shard: int, story_id: str, revision: int, **told: object) -> None:
        self.acknowledged.append((story_id, revision))
        self.told.append(told)
        self._leave(story_id)

    def hold_back(self, shard: int, story_id: str, revision: int) -> None:
        self.held_back.append(story_id)
        self._leave(story_id)

    def forget(self, shard: int, story_id: str) -> None:
        self.forgotten.append(story_id)
        self._leave(story_id)

    def _leave(self, story_id: str) -> None:
        self.waiting = [each for each in self.waiting if each.story_id != story_id]


@dataclass
class Bench:
    """A shard between fakes."""

    store: FakeStore
    lease: FakeLease
    producer: FakeProducer
    metrics: PublisherMetrics
    shard: Shard


def make_bench(
    monkeypatch: pytest.MonkeyPatch,
    snapshots: Iterable[StorySnapshot] = (),
    *,
    lease: FakeLease | None = None,
    publisher: PublisherSettings = EAGER,
    **options: Any,
) -> Bench:
    """A shard that holds these stories in its outbox."""
    store, lease, producer, metrics = FakeStore(), lease or FakeLease(), FakeProducer(), PublisherMetrics()
    store.add(*snapshots)
    monkeypatch.setattr("consumers.publisher.shard.make_producer", producer.opened)
    shard = Shard(
        0, cast(Lease, lease), Settings(publisher=publisher),
        ShardStores(cast(Outbox, store), cast(KeptStories, store), cast(ServerGuard, store)),
        Policy(publisher, Directory()),
        lambda snapshot: build_record(snapshot, Directory(), max_articles=50), metrics, **options,
    )  # fmt: skip
    return Bench(store, lease, producer, metrics, shard)


def renamed(snapshot: StorySnapshot, story_id: str) -> StorySnapshot:
    """The same under another id."""
    return replace(snapshot, story_id=story_id)
