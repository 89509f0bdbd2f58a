"""Whether the index finds what an exact search finds, after inserts, updates and removals."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering import ClusteringSettings
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.packed_vectors import rounded
from pipeline.domain.clustering.story import opened
from pipeline.domain.clustering.terms import article_terms
from pipeline.quality.bench.made_vectors import MadeStream

CHURN = 10
"""One in so many stories is removed, and as many get another centroid."""
CANDIDATES = ClusteringSettings().max_candidates
_BATCH = 512
_NO_TERMS = article_terms("", "")


@dataclass(frozen=True)
class Recall:
    """Of the stories that are looked at in full for an article."""

    of_exact: float
    """Share of the nearest stories by exact search that the index gives."""
    of_right: float
    """Share of the right stories that exact search has among its candidates, and the index too."""
    ms_per_search: float


def measure_recall(stream: MadeStream, stories: int, searches: int) -> Recall:
    """An index of so many stories that has lived: some stories have moved, others are gone."""
    centroids, live = _as_stored(stream.vectors(stories)), LiveStories()
    for number, centroid in enumerate(centroids):
        _put(live, number, centroid)
        if number % _BATCH == 0:
            live.commit()
    live.commit()
    centroids[::CHURN] = _as_stored(stream.about(centroids[::CHURN]))
    for number in range(0, stories, CHURN):
        _put(live, number, centroids[number])
    gone = range(1, stories, CHURN)
    for number in gone:
        live.remove(str(number))
    live.commit()
    return _compared(stream, live, centroids, np.array(gone), searches)


def _put(live: LiveStories, number: int, centroid: NDArray[np.float32]) -> None:
    member = LiveMember(str(number), centroid, _NO_TERMS, None, number, has_body=False)
    live.put(opened(str(number), member))


def _as_stored(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.stack([rounded(each) for each in vectors])


def _compared(
    stream: MadeStream, live: LiveStories, centroids: NDArray[np.float32], gone: NDArray[np.int64], searches: int
) -> Recall:
    there = np.setdiff1d(np.arange(len(centroids)), gone)
    right = there[np.random.default_rng(10).integers(len(there), size=searches)]
    asked = stream.about(centroids[right], seed=11)
    started = time.perf_counter()
    found = live.index.nearest(list(asked), CANDIDATES)
    seconds = time.perf_counter() - started
    exact = _exact(asked, centroids, there)
    same = [len(set(one) & other) / max(1, len(other)) for one, other in zip(found, exact, strict=True)]
    both = [
        (str(number) in own, str(number) in other) for number, own, other in zip(right, found, exact, strict=True)
    ]
    has = [in_index for in_index, in_exact in both if in_exact]
    return Recall(
        of_exact=round(float(np.mean(same)), 4),
        of_right=round(float(np.mean(has)), 4),
        ms_per_search=round(1_000 * seconds / searches, 4),
    )


def _exact(asked: NDArray[np.float32], centroids: NDArray[np.float32], there: NDArray[np.int64]) -> list[set[str]]:
    """The nearest stories by the whole matrix; there are more than candidates."""
    stored = centroids[there]
    likeness = (stored @ each for each in asked)
    return [{str(number) for number in there[np.argpartition(-row, CANDIDATES)[:CANDIDATES]]} for row in likeness]
