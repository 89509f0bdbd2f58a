"""Features of an article against whole stories, from its features against their members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.member import Member
from pipeline.clustering.pairs import PAIR_FEATURES
from pipeline.clustering.story import LiveStory

STORY_FEATURES = (
    "dense_max", "dense_mean", "centroid", "dense_margin", "lexical_max", "lexical_mean", "hours_nearest",
    "has_body", "dense_of_bodies", "lexical_of_bodies", "names_apart", "numbers_apart",
)
"""Columns of `story_features`, in order. Few on purpose: what tells one collection of news from another (sizes,
ages, languages, levels of similarity) fits the sets it was learned from and fails on others (docs/quality.md).
An article with a body is likelier to resemble what it belongs to than a headline is: `..._of_bodies` give the
linear scorer a slope of its own for it. `..._apart` tell look-alikes: how far members contradict."""

_AT = {name: column for column, name in enumerate(PAIR_FEATURES)}


def story_features(
    article: Member, stories: Sequence[LiveStory], pairs: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Shape (n_stories, len(STORY_FEATURES)). `pairs` has a row for every member of every story, in order."""
    sizes = np.array([len(story.members) for story in stories])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    best = np.maximum.reduceat(pairs, starts, axis=0)
    least = np.minimum.reduceat(pairs, starts, axis=0)
    mean = np.add.reduceat(pairs, starts, axis=0) / sizes[:, None]
    dense, lexical = _AT["dense"], _AT["lexical"]
    has_body = np.full(len(stories), float(article.has_body))
    return np.stack([
        best[:, dense], mean[:, dense],
        # Row by row sums, not a matrix product: its result may depend on how many rows there are.
        np.array([float((story.centroid * article.vector).sum()) for story in stories]),
        _margin(best[:, dense]), best[:, lexical], mean[:, lexical],
        least[:, _AT["log_hours"]],
        has_body, mean[:, dense] * has_body, mean[:, lexical] * has_body,
        mean[:, _AT["names_apart"]], mean[:, _AT["numbers_apart"]],
    ], axis=1).astype(np.float32)


def _margin(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each score minus the best of the others, 0.5 at most and where there is no other."""
    if scores.size == 1:
        return np.full(1, 0.5, dtype=np.float32)
    order = np.sort(scores)
    best_other = np.where(scores == order[-1], order[-2], order[-1])
    margin: NDArray[np.float32] = np.clip(scores - best_other, -0.5, 0.5)
    return margin
