"""`groundswell bench index`: what a decision costs, and a live story weighs, at any number of live stories.

Vectors are given: nothing is encoded. Each size runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import ctypes
import gc
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering import Clustering, ClusteringSettings, load_model
from pipeline.domain.clustering.types import Verdict
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.quality.bench.filling import fill, filled
from pipeline.quality.bench.machine import Machine, resident_bytes, this_machine
from pipeline.quality.bench.made_vectors import MadeArticle, MadeStream, event_of
from pipeline.quality.bench.recall import Recall, measure_recall
from pipeline.quality.bench.workers import begin, worker_pool

SIZES = (1_000, 10_000, 100_000)
AGAIN = 1_000
"""Numbers of the articles that are measured, in their events: the filled ones have lower ones."""
NEW = 10**9
"""Numbers of events that no filled story is about begin here."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class IndexOptions:
    """What is measured."""

    stories: list[int] = field(default_factory=lambda: list(SIZES))
    articles: int = 640
    """Decided at each size: half about live stories, half about new events."""
    batch: int = 64
    jobs: int = 2
    """Processes that fill."""
    folder: str | None = None
    """Where the live stories are left, and found by the next run with the same largest number; None: nowhere."""


@dataclass(frozen=True)
class Similarities:
    """Of pairs of centred vectors of the made-up stream: 5%, 50%, 95% and 99.9% of them are below."""

    related: list[float]
    unrelated: list[float]


@dataclass(frozen=True)
class IndexRow:
    """One number of live stories."""

    live_stories: int
    """Those that the made-up events became, without those that were asked for."""
    ms_per_article: float
    """Median of the batches, by the clock."""
    cpu_ms_per_article: float
    """The same in processor time, which other processes disturb less."""
    articles_per_s: int
    """Of one clusterer with vectors given, by the median batch."""
    right: float
    """Share of the articles about a live story that joined it; the more events a run has, the closer they lie."""
    sweep_ms: float
    """Of the sweep after these articles."""
    load_s: float
    """To read the stored states at the start."""
    memory_mb: float
    """Of the live stories in a clusterer."""
    bytes_per_story: int
    """The same for each."""
    state_bytes_per_story: int
    """As the store and the change log hold it."""
    recall: Recall


@dataclass(frozen=True)
class IndexReport:
    """Growth with the number of live stories."""

    machine: Machine
    options: IndexOptions
    similarities: Similarities
    rows: list[IndexRow]


def bench_index(options: IndexOptions, tell: Tell) -> IndexReport:
    """All sizes, the smallest first."""
    machine = this_machine()
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="groundswell-bench-")
        folder, largest = Path(options.folder or stack.enter_context(temporary)), max(options.stories)
        tell(f"filling {largest} stories")
        made = fill(folder, largest, options.jobs)
        rows = []
        for size in sorted(options.stories):
            tell(f"measuring at {size} stories")
            with worker_pool(1) as pool:
                rows.append(begin(pool, _measure, made, size, largest, options).result())
    return IndexReport(machine, options, similarities(MadeStream(load_model(MULTILINGUAL).means, largest)), rows)


def similarities(stream: MadeStream, events: int = 1_000) -> Similarities:
    """What the made-up vectors are like; `pipeline/quality/bench/made_vectors.py` says what real ones are like."""
    about = stream.vectors(events)
    one, other = stream.about(about, seed=7), stream.about(about, seed=8)
    return Similarities(
        related=_points(np.einsum("ij,ij->i", one, other)),
        unrelated=_points((one @ one.T)[np.triu_indices(events, 1)]),
    )


def _measure(folder: Path, size: int, largest: int, options: IndexOptions) -> IndexRow:
    model = load_model(MULTILINGUAL)
    stream = MadeStream(model.means, largest)
    # However many come later: the made-up stream is shorter than a quiet time.
    clustering = Clustering(model, ClusteringSettings(quiet_articles=10 * largest))
    before = _settled_bytes()
    state_bytes, load_s = _load(clustering, folder, size)
    live, memory = clustering.live_stories, _settled_bytes() - before
    clock, processor, right = _decide(clustering, _asked(stream, size, options.articles), options.batch)
    sweep_ms = 1_000 * _timed(clustering.sweep)
    clustering.commit()
    ms = float(np.median(clock))
    return IndexRow(
        live_stories=live,
        ms_per_article=round(ms, 3),
        cpu_ms_per_article=round(float(np.median(processor)), 3),
        articles_per_s=round(1_000 / ms),
        right=round(right, 4),
        sweep_ms=round(sweep_ms, 1),
        load_s=round(load_s, 2),
        memory_mb=round(memory / 1e6, 1),
        bytes_per_story=round(memory / live),
        state_bytes_per_story=round(state_bytes / live),
        recall=measure_recall(stream, live, options.articles),
    )


def _load(clustering: Clustering, folder: Path, size: int) -> tuple[int, float]:
    """Bytes of the states, and seconds that the clustering took to load them."""
    whole = filled(folder, size)
    snapshot = whole.snapshot()
    return sum(map(len, whole.states.values())), _timed(lambda: clustering.load(snapshot))


def _asked(stream: MadeStream, size: int, count: int) -> list[MadeArticle]:
    """Articles that come after the live stories: every other one is about one of them."""
    live = np.random.default_rng(9).integers(size, size=count).tolist()
    return [
        stream.article(event if number % 2 else NEW + number, AGAIN + number, 2 * size + number)
        for number, event in enumerate(live)
    ]


def _decide(
    clustering: Clustering, asked: Sequence[MadeArticle], batch: int
) -> tuple[list[float], list[float], float]:
    """Milliseconds per article of each batch, by the clock and of the processor, and the share that is right."""
    clock, processor, right, about = [], [], 0, 0
    for at in range(0, len(asked), batch):
        part = asked[at : at + batch]
        encoded = [each.encoded for each in part]
        started, worked = time.perf_counter(), time.process_time()
        changes = clustering.assign(encoded)
        clustering.commit()
        clock.append(1_000 * (time.perf_counter() - started) / len(part))
        processor.append(1_000 * (time.process_time() - worked) / len(part))
        for made, assigned in zip(part, changes.assignments, strict=True):
            about += made.event < NEW
            right += assigned.verdict is Verdict.JOINED and event_of(assigned.story_id) == made.event
    return clock, processor, right / max(1, about)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _settled_bytes() -> int:
    """Memory of this process, without what it has let go of."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return resident_bytes()


def _points(values: NDArray[np.float32]) -> list[float]:
    return [round(each, 3) for each in np.percentile(values, [5, 50, 95, 99.9]).tolist()]
