"""What the integration tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.support.clusterer_bench import Bench, MakeBench


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
