"""What the integration tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.conftest import SettingsFor
from tests.support.brokers import BrokerUnderTest
from tests.support.clusterer_bench import Bench, MakeBench
from tests.support.rebuilding import EAGER, Both, both


@pytest.fixture
def bench(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeBench]:
    """Makes clusterers of one edition on one Redis; `bench(batch_size=1)` chooses settings."""
    made: list[Bench] = []

    def make(edition: str = "worker-test", **settings: float) -> Bench:
        made.append(Bench(redis, monkeypatch, edition, **settings))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishers look at what the topic has, and readers poll, often."""
    monkeypatch.setattr("consumers.publisher.convergence.LOOK_S", 0.05)
    monkeypatch.setattr("pipeline.adapters.kafka.reading.POLL_MS", 50)


@pytest.fixture
def pair(
    redis: Redis,  # emptied
    quick_looks: None,
    embedded_broker: BrokerUnderTest,
    settings_for: SettingsFor,
) -> Iterator[Both]:
    """An edition that publishes, and one that is rebuilt beside it."""
    with both(settings_for(embedded_broker, publisher=EAGER)) as made:
        yield made
