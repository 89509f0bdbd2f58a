"""The join decision: how likely an article belongs to each candidate story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.clustering.member import Member
from pipeline.clustering.model import JoinModel
from pipeline.clustering.pairs import PairScorer, concatenated
from pipeline.clustering.story import LiveStory
from pipeline.clustering.story_features import story_features

PRIOR_ARTICLES = 300.0
"""How much the shipped document frequencies weigh against the stream's own."""


@dataclass(frozen=True)
class Candidate:
    """A story and the probability that the article belongs to it."""

    story_id: str
    probability: float


class JoinScorer:
    """Scores an article against candidate stories."""

    def __init__(self, model: JoinModel) -> None:
        self._model = model
        self._pairs = PairScorer()

    def rows(
        self, article: Member, stories: Sequence[LiveStory], idf: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Features of the article against each story, shape (n_stories, len(STORY_FEATURES))."""
        others = concatenated([story.stacked for story in stories])
        return story_features(article, stories, self._pairs.features(article, others, idf))

    def logits(
        self, article: Member, stories: Sequence[LiveStory], idf: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Log-odds that the article belongs to each story, shape (n_stories,)."""
        return self.logits_of(self.rows(article, stories, idf))

    def logits_of(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Log-odds of rows of features, shape (n_rows,)."""
        return self._model.join.logit(rows)

    def score(
        self, article: Member, stories: Sequence[LiveStory], idf: NDArray[np.float32]
    ) -> list[Candidate]:
        """Candidates, the likeliest first; ties by story id."""
        if not stories:
            return []
        logits = self.logits(article, stories, idf)
        scored = [
            Candidate(story.story_id, probability(logit)) for story, logit in zip(stories, logits, strict=True)
        ]
        return sorted(scored, key=lambda each: (-each.probability, each.story_id))


def probability(logit: float) -> float:
    """The log-odds as a probability."""
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0))))


def inverse_frequencies(
    table: NDArray[np.uint32], prior: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Rarity of each term bucket, shape (TERM_BUCKETS,), 1 for a term that nobody used.

    log(articles / articles with the term), over its largest value, so that it means the same early and late in
    a stream. `prior` is the share of articles that have the term in general; it weighs PRIOR_ARTICLES.
    """
    articles = float(table[0]) + PRIOR_ARTICLES
    having = table.astype(np.float32) + np.float32(PRIOR_ARTICLES) * prior + np.float32(1.0)
    idf: NDArray[np.float32] = np.log(np.float32(articles + 1.0) / having) / np.float32(np.log(articles + 1.0))
    return np.maximum(idf, np.float32(0.02))
