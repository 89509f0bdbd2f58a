"""Whether the index finds what an exact search finds, after inserts, updates and removals.

Stories are of one article with a headline alone: the vectors are of one made-up stream, the words of another.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering import ClusteringSettings, load_model
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.packed_vectors import rounded
from pipeline.domain.clustering.story import opened
from pipeline.domain.clustering.terms import Terms, article_terms
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.quality.bench.made_vectors import MadeStream, headline
from pipeline.quality.bench.statistics import mean_share

CHURN = 10
"""One in so many stories is removed, and as many get another centroid."""
CANDIDATES = ClusteringSettings().max_candidates
_BATCH = 512


@dataclass(frozen=True)
class Recall:
    """Of the stories that are looked at in full for an article."""

    of_exact: float
    """Share of the nearest stories by exact search that the index gives."""
    of_right: float | None
    """Share of the right stories that exact search has among its candidates, and the index too; None where it has
    none."""
    of_right_by_vectors: float | None
    """The same without the rare words of headlines."""
    ms_per_search: float
    """Of the processor."""
    ms_by_vectors: float
    """The same without the rare words of headlines."""


def measure_recall(stream: MadeStream, stories: int, searches: int) -> Recall:
    """An index of so many stories that has lived: some stories have moved, others are gone."""
    centroids, live = _as_stored(stream.vectors(stories)), LiveStories(load_model(MULTILINGUAL).term_shares)
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
    member = LiveMember(str(number), centroid, _terms(number, 0), None, number, has_body=False)
    live.put(opened(str(number), member))


def _terms(event: int, copy: int) -> Terms:
    return article_terms(headline(event, copy), "")


def _as_stored(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.stack([rounded(each) for each in vectors])


def _compared(
    stream: MadeStream, live: LiveStories, centroids: NDArray[np.float32], gone: NDArray[np.int64], searches: int
) -> Recall:
    there = np.setdiff1d(np.arange(len(centroids)), gone)
    right = there[np.random.default_rng(10).integers(len(there), size=searches)]
    asked = stream.about(centroids[right], seed=11)
    by_vectors, ms_by_vectors = _searched(live, asked, ())
    found, ms = _searched(live, asked, [_terms(number, 1) for number in right.tolist()])
    exact = _exact(asked, centroids, there)
    same = [len(set(one) & other) / max(1, len(other)) for one, other in zip(found, exact, strict=True)]
    return Recall(
        of_exact=round(float(np.mean(same)), 4),
        of_right=_of_right(right, found, exact),
        of_right_by_vectors=_of_right(right, by_vectors, exact),
        ms_per_search=ms,
        ms_by_vectors=ms_by_vectors,
    )


def _searched(
    live: LiveStories, asked: NDArray[np.float32], terms: Sequence[Terms]
) -> tuple[list[list[str]], float]:
    """What is found for each, and milliseconds of the processor for one."""
    started = time.process_time()
    found = live.index.nearest(list(asked), CANDIDATES, terms)
    return found, round(1_000 * (time.process_time() - started) / len(asked), 4)


def _of_right(right: NDArray[np.int64], found: Sequence[list[str]], exact: Sequence[set[str]]) -> float | None:
    has = [str(own) in one for own, one, all_of in zip(right, found, exact, strict=True) if str(own) in all_of]
    return mean_share(has)


def _exact(asked: NDArray[np.float32], centroids: NDArray[np.float32], there: NDArray[np.int64]) -> list[set[str]]:
    """The nearest stories by the whole matrix; there are more than candidates."""
    stored = centroids[there]
    likeness = (stored @ each for each in asked)
    return [{str(number) for number in there[np.argpartition(-row, CANDIDATES)[:CANDIDATES]]} for row in likeness]
