"""Features of articles against whole stories, from their features against the stories' members."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.pairs import PAIR_FEATURES, in_rows
from pipeline.domain.clustering.story import LiveStory

STORY_FEATURES = (
    "dense_max",
    "dense_mean",
    "centroid",
    "dense_margin",
    "lexical_max",
    "lexical_mean",
    "hours_nearest",
    "has_body",
    "dense_of_bodies",
    "lexical_of_bodies",
    "names_apart",
    "numbers_apart",
)
"""Columns of `story_features`, in order. Few on purpose: what tells one collection of news from another (sizes,
ages, languages, levels of similarity) fits the sets it was learned from and fails on others (docs/quality.md).
An article with a body is likelier to resemble what it belongs to than a headline is: `..._of_bodies` give the
linear scorer a slope of its own for it. `..._apart` tell look-alikes: how far members contradict."""

MAX_MARGIN = 0.5
"""Of `dense_margin`: no model needs to know of more."""

DENSE = STORY_FEATURES.index("dense_max")
MARGIN = STORY_FEATURES.index("dense_margin")
"""The one column that depends on the article's other candidates. More of it never speaks against joining: training
gives the sign of each feature."""

NO_ROWS = np.zeros((0, len(STORY_FEATURES)), dtype=np.float32)

_AT = {name: column for column, name in enumerate(PAIR_FEATURES)}


def story_features(
    articles: Sequence[LiveMember], stories: Sequence[Sequence[LiveStory]], pairs: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Each article against each of its stories, one article after the other. Shape (n, len(STORY_FEATURES)).

    `stories` has one sequence, not empty, for each article; `pairs` a row for each member of each story, in order.
    """
    flat = [each for own in stories for each in own]
    counts = np.array([len(own) for own in stories])
    owners = np.repeat(np.arange(counts.size), counts)
    sizes = np.array([len(story.members) for story in flat])
    starts = np.cumsum(sizes) - sizes
    best = np.maximum.reduceat(pairs, starts, axis=0)
    least = np.minimum.reduceat(pairs, starts, axis=0)
    mean = np.add.reduceat(pairs, starts, axis=0) / sizes[:, None]
    dense, lexical = _AT["dense"], _AT["lexical"]
    has_body = np.array([each.has_body for each in articles], dtype=np.float32)[owners]
    vectors = in_rows([each.vector for each in articles])
    centroids = in_rows([story.centroid for story in flat])
    columns = (
        best[:, dense],
        mean[:, dense],
        np.einsum("ij,ij->i", centroids, vectors[owners]),
        _margins(best[:, dense], counts),
        best[:, lexical],
        mean[:, lexical],
        least[:, _AT["log_hours"]],
        has_body,
        mean[:, dense] * has_body,
        mean[:, lexical] * has_body,
        mean[:, _AT["names_apart"]],
        mean[:, _AT["numbers_apart"]],
    )
    rows = np.empty((len(flat), len(STORY_FEATURES)), dtype=np.float32)
    for at, column in enumerate(columns):
        rows[:, at] = column
    return rows


def with_margins(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows of one article, which were computed apart, as if they had been computed together."""
    rows[:, MARGIN] = _margins(rows[:, DENSE], np.array([len(rows)]))
    return rows


def _margins(scores: NDArray[np.float32], counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Each score minus the best of the article's others, MAX_MARGIN at most and where there is no other.

    `counts`: how many of the scores belong to each article, in order.
    """
    starts = np.cumsum(counts) - counts
    best = np.repeat(np.maximum.reduceat(scores, starts), counts)
    is_best = scores == best
    tied = np.repeat(np.add.reduceat(is_best.astype(np.int64), starts) > 1, counts)
    second = np.repeat(np.maximum.reduceat(np.where(is_best, -np.inf, scores), starts), counts)
    margin: NDArray[np.float32] = scores - np.where(is_best & ~tied, second, best)
    return np.minimum(np.maximum(margin, -MAX_MARGIN), MAX_MARGIN)
