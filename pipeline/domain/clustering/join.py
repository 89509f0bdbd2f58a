"""The join decision: how likely an article belongs to each candidate story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.comparisons import Comparisons
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.model import JoinModel
from pipeline.domain.clustering.pairs import PairScorer
from pipeline.domain.clustering.story import LiveStory
from pipeline.domain.clustering.story_features import NO_ROWS, story_features

PRIOR_ARTICLES = 300.0
"""How much the shipped document frequencies weigh against the stream's own."""

_AT_ONCE = 64
"""Articles whose comparisons are computed together: more would only take memory."""


class Candidate(NamedTuple):
    """A story and the probability that the article belongs to it."""

    story_id: str
    probability: float


class JoinScorer:
    """Scores articles against candidate stories."""

    def __init__(self, model: JoinModel) -> None:
        self._model = model
        self._pairs = PairScorer()

    def rows(
        self, articles: Sequence[LiveMember], stories: Sequence[Sequence[LiveStory]], idf: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Features of each article against each of its stories, one article after the other.

        Shape (n_comparisons, len(STORY_FEATURES)). `stories` has one sequence, not empty, for each article.
        """
        parts = []
        for at in range(0, len(articles), _AT_ONCE):
            some, own = articles[at : at + _AT_ONCE], stories[at : at + _AT_ONCE]
            parts.append(story_features(some, own, Comparisons(self._pairs, some, own, idf).of_stories))
        return np.concatenate(parts) if parts else NO_ROWS

    def compared(
        self,
        articles: Sequence[LiveMember],
        stories: Sequence[Sequence[LiveStory]],
        least: NDArray[np.float32],
        idf: NDArray[np.float32],
    ) -> Comparisons:
        """Each article with the members of its stories, and with the others that are at least so similar."""
        return Comparisons(self._pairs, articles, stories, idf, least)

    def logits(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds that the article belongs to the story, of rows of features, shape (n_rows,)."""
        return self._model.join.logit(rows)


def probabilities(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds as probabilities."""
    shares: NDArray[np.float64] = 1.0 / (1.0 + np.exp(np.minimum(np.maximum(-logits, -30.0), 30.0)))
    return shares


def inverse_frequencies(table: NDArray[np.uint32], prior: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rarity of each term bucket, shape (TERM_BUCKETS,), 1 for a term that nobody used.

    log(articles / articles with the term), over its largest value, so that it means the same early and late in
    a stream. `prior` is the share of articles that have the term in general; it weighs PRIOR_ARTICLES.
    """
    articles = float(table[0]) + PRIOR_ARTICLES
    having = table.astype(np.float32) + np.float32(PRIOR_ARTICLES) * prior + np.float32(1.0)
    idf: NDArray[np.float32] = np.log(np.float32(articles + 1.0) / having) / np.float32(np.log(articles + 1.0))
    return np.maximum(idf, np.float32(0.02))
