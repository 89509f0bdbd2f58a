"""Fills a clustering with any number of made-up live stories, by its own decisions and sweeps.

A few events at a time are decided by themselves, since they have nothing to do with the others: so a story costs
the same among a million as among ten. What comes out is what the store would hold.
"""

from __future__ import annotations

import os
import pickle
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.domain.clustering import Clustering, load_model
from pipeline.domain.clustering.stream import encode_stream
from pipeline.domain.clustering.types import TERM_BUCKETS, Changes, LiveStoriesSnapshot
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.quality.bench.bench_errors import BenchError
from pipeline.quality.bench.made_vectors import MadeStream, event_of
from pipeline.quality.bench.workers import begin, worker_pool

CHUNK = 1_000
"""Events in a file."""
TOGETHER = 8
"""Events that are decided together."""


@dataclass
class Filled:
    """What commits have written so far."""

    states: dict[str, bytes] = field(default_factory=dict)
    term_counts: Counter[int] = field(default_factory=Counter)
    language_means: bytes = b""

    def take(self, changes: Changes) -> None:
        """Apply one commit, as the store does."""
        for gone in (*(each.absorbed for each in changes.merges), *changes.closed):
            self.states.pop(gone, None)
        self.states |= changes.states
        self.term_counts.update(changes.term_counts)
        self.language_means = changes.language_means or self.language_means

    def add(self, later: Filled) -> None:
        """Go on with what was filled apart."""
        self.states |= later.states
        self.term_counts.update(later.term_counts)
        self.language_means = later.language_means

    def snapshot(self) -> LiveStoriesSnapshot:
        """What a clusterer loads at its start."""
        table = np.zeros(TERM_BUCKETS, dtype=">u4")
        table[list(self.term_counts)] = list(self.term_counts.values())
        return LiveStoriesSnapshot(self.states, table.tobytes(), self.language_means)


def fill(folder: Path, events: int, jobs: int) -> Path:
    """Write files of live stories, one for each `CHUNK` events, in so many processes; 1: in this one.

    In a folder of their own, which is returned: events lie as close in time as their number makes them, so stories
    of another number are others. Files that are there already stay. Raises BenchError.
    """
    own = folder / f"{events}-stories"
    try:
        own.mkdir(parents=True, exist_ok=True)
        _fill_chunks(own, events, jobs)
    except OSError as error:
        raise BenchError(f"live stories can't be kept in {folder}: {error}") from error
    return own


def _fill_chunks(folder: Path, events: int, jobs: int) -> None:
    starts = [start for start in range(0, events, CHUNK) if _read(_file(folder, start)) is None]
    if jobs == 1:
        for start in starts:
            _fill_chunk(folder, events, start)
        return
    with worker_pool(jobs) as pool:
        for chunk in [begin(pool, _fill_chunk, folder, events, start) for start in starts]:
            chunk.result()


def filled(folder: Path, events: int) -> Filled:
    """What the files of the first `events` hold, in a folder that `fill` gave; words of a last file are counted
    whole. Raises BenchError."""
    whole = Filled()
    for start in range(0, events, CHUNK):
        chunk = _read(_file(folder, start))
        if chunk is None:
            raise BenchError(f"{_file(folder, start)} went away or was damaged meanwhile")
        whole.add(chunk)
    whole.states = {story: state for story, state in whole.states.items() if (event_of(story) or 0) < events}
    return whole


def _fill_chunk(folder: Path, events: int, start: int) -> None:
    model = load_model(MULTILINGUAL)
    stream, chunk = MadeStream(model.means, events), Filled()
    end = min(start + CHUNK, events)
    for first in range(start, end, TOGETHER):
        clustering = Clustering(model)
        clustering.load(LiveStoriesSnapshot({}, b"", encode_stream(stream.state(first))))
        articles = stream.articles(range(first, min(first + TOGETHER, end)))
        chunk.take(clustering.assign([each.encoded for each in articles]))
        clustering.commit()
        chunk.take(clustering.sweep())
        clustering.commit()
    # Whole or not at all, however this process ends.
    draft = folder / f".{start}-{os.getpid()}"
    draft.write_bytes(pickle.dumps(chunk))
    draft.replace(_file(folder, start))


def _read(file: Path) -> Filled | None:
    """None: it is not there, or damaged."""
    try:
        found = pickle.loads(file.read_bytes())
    except Exception:  # of damaged bytes anything can come
        return None
    return found if isinstance(found, Filled) else None


def _file(folder: Path, start: int) -> Path:
    return folder / f"{start}.pickle"
