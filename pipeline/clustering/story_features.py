"""Features of an article against whole stories, from its features against their members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.member import Member
from pipeline.clustering.story import LiveStory
from pipeline.clustering.stream import StreamState

STORY_FEATURES = (
    "pair_max", "pair_mean", "pair_min", "centroid", "centroid_z", "log_size", "hours_since_last",
    "margin", "log_live",
)
"""Columns of `story_features`, in order."""


def story_features(
    article: Member, stories: Sequence[LiveStory], pairs: NDArray[np.float32], logits: NDArray[np.float64],
    similarities: NDArray[np.float32], stream: StreamState,
) -> NDArray[np.float32]:
    """Shape (n_stories, len(STORY_FEATURES)).

    `pairs` and `logits` are over all members of all stories, in order; `similarities` over all live stories.
    """
    del pairs, stream
    sizes = np.array([len(story.members) for story in stories])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    best = np.maximum.reduceat(logits, starts)
    mean = np.add.reduceat(logits, starts) / sizes
    centroid = np.array([float((story.centroid * article.vector).sum()) for story in stories])
    spread = max(float(similarities.std()), 0.05)
    return np.stack([
        best, mean, np.minimum.reduceat(logits, starts), centroid,
        (centroid - float(similarities.mean())) / spread,
        np.log1p([story.size for story in stories]),
        _log_hours_since([story.last_at for story in stories], article.published_at),
        _margin(mean),
        np.full(len(stories), np.log1p(similarities.size)),
    ], axis=1).astype(np.float32)


def _log_hours_since(times: Sequence[float | None], now: float | None) -> NDArray[np.float64]:
    """-1 where either time is unknown."""
    return np.array([
        -1.0 if now is None or at is None else float(np.log1p(abs(now - at) / 3_600.0)) for at in times
    ])


def _margin(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each score minus the best of the others."""
    if scores.size == 1:
        return np.full(1, 10.0)
    order = np.sort(scores)
    best_other = np.where(scores == order[-1], order[-2], order[-1])
    margin: NDArray[np.float64] = np.clip(scores - best_other, -10.0, 10.0)
    return margin
