"""Features of an article against whole stories, from its features against their members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.member import Member
from pipeline.clustering.pairs import PAIR_FEATURES, UNDATED_LOG_HOURS, log_hours
from pipeline.clustering.story import LiveStory

STORY_FEATURES = (
    "dense_max", "dense_mean", "centroid", "centroid_above", "dense_above", "dense_margin",
    "lexical_max", "lexical_mean", "lexical_above", "title_max", "title_mean", "covers_max", "covered_max",
    "names_max", "names_mean", "rarest", "numbers_shared", "numbers_differ",
    "hours_nearest", "hours_last", "hours_first", "log_size", "same_language", "has_body",
)
"""Columns of `story_features`, in order. What ends in `_above` and `_margin` is relative to other live stories,
so that it means the same in a quiet stream and in one that is full of look-alikes."""

_AT = {name: column for column, name in enumerate(PAIR_FEATURES)}
_CROWD = 10
"""Nearest live stories that make up the level which an article has with everything nearby."""


def story_features(
    article: Member, stories: Sequence[LiveStory], pairs: NDArray[np.float32],
    similarities: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Shape (n_stories, len(STORY_FEATURES)).

    `pairs` has a row for every member of every story, in order; `similarities` is over all live stories.
    """
    sizes = np.array([len(story.members) for story in stories])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    best = np.maximum.reduceat(pairs, starts, axis=0)
    mean = np.add.reduceat(pairs, starts, axis=0) / sizes[:, None]
    nearest = np.minimum.reduceat(pairs[:, _AT["log_hours"]], starts)
    centroid = np.array([float((story.centroid * article.vector).sum()) for story in stories])
    dense, lexical = best[:, _AT["dense"]], best[:, _AT["lexical"]]
    crowd = _crowd_level(similarities)
    return np.stack([
        dense, mean[:, _AT["dense"]], centroid, centroid - crowd, dense - crowd, _margin(dense),
        lexical, mean[:, _AT["lexical"]], lexical - float(np.median(lexical)),
        best[:, _AT["title"]], mean[:, _AT["title"]], best[:, _AT["covers"]], best[:, _AT["covered"]],
        best[:, _AT["names"]], mean[:, _AT["names"]], best[:, _AT["rarest"]],
        best[:, _AT["numbers_shared"]], mean[:, _AT["numbers_differ"]],
        nearest,
        _log_hours([story.last_at for story in stories], article.published_at),
        _log_hours([story.first_at for story in stories], article.published_at),
        np.log([story.size for story in stories]),
        mean[:, _AT["same_language"]], np.full(len(stories), float(article.has_body)),
    ], axis=1).astype(np.float32)


def _crowd_level(similarities: NDArray[np.float32]) -> float:
    """Mean similarity to the nearest live stories, all that there are where they are few."""
    count = min(_CROWD, similarities.size)
    nearest = np.partition(similarities, similarities.size - count)[-count:]
    return float(np.sort(nearest).mean()) if similarities.size >= _CROWD else float(nearest.sum()) / _CROWD


def _log_hours(times: Sequence[float | None], now: float | None) -> NDArray[np.float64]:
    return np.array([
        UNDATED_LOG_HOURS if now is None or at is None else float(log_hours(np.abs(np.array(now - at)) / 3_600.0))
        for at in times
    ])


def _margin(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each score minus the best of the others, 0.5 at most and where there is no other."""
    if scores.size == 1:
        return np.full(1, 0.5, dtype=np.float32)
    order = np.sort(scores)
    best_other = np.where(scores == order[-1], order[-2], order[-1])
    margin: NDArray[np.float32] = np.clip(scores - best_other, -0.5, 0.5)
    return margin
