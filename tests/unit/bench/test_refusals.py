"""What can't be measured is said in one sentence, before the work and not after it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NoReturn

import pytest

from pipeline.domain.clustering import ClusteringSettings
from pipeline.quality.bench.bench_errors import BenchError
from pipeline.quality.bench.peers.comparison import PeersOptions, bench_peers
from pipeline.quality.bench.workers import begin, worker_pool
from pipeline.runtime.bench.through import PipelineOptions, rounds_of


def articles(path: Path, count: int, **more: str) -> Path:
    lines = [
        {"url": f"https://news.example/{at}", "title": f"The ferry {at} sank", "text": "It sank.", **more}
        for at in range(count)
    ]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    return path


def never(*_: object) -> NoReturn:
    pytest.fail("began")


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_articles_than_rounds_are_told(tmp_path: Path, count: int) -> None:
    file = articles(tmp_path / "few.jsonl", count)
    with pytest.raises(BenchError, match=f"{file} has {count} articles"):
        rounds_of(options(file))


def test_no_article_is_sent_twice(tmp_path: Path) -> None:
    file = articles(tmp_path / "all.jsonl", 5)
    twice = file.read_text("utf-8") + "\n" + file.read_text("utf-8")
    file.write_text(twice, "utf-8")
    sent = [each.article_id for part in rounds_of(options(file)) for each in part]
    assert len(sent) == len(set(sent)) == 4


def options(file: Path) -> PipelineOptions:
    return PipelineOptions(settle_s=0.5, interval_s=1.0, articles=100, rounds=2, file=str(file))


@pytest.mark.parametrize("count", [0, 9])
def test_a_set_that_can_not_tell_peers_apart_loads_no_encoder(tmp_path: Path, count: int) -> None:
    file = articles(tmp_path / "few.jsonl", count, event="ferry")
    with pytest.raises(BenchError, match=f"{file} has {count} articles with an `event`"):
        bench_peers(PeersOptions([str(file)]), never, ClusteringSettings(), 0, lambda _: None)


def test_a_worker_that_is_ended_from_outside_is_told() -> None:
    with pytest.raises(BenchError, match="ended from outside"), worker_pool(1) as pool:
        begin(pool, os._exit, 1).result()
