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
from pipeline.clustering.stream import StreamState
from pipeline.clustering.types import TERM_BUCKETS


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
        self, article: Member, stories: Sequence[LiveStory], similarities: NDArray[np.float32],
        idf: NDArray[np.float32], stream: StreamState,
    ) -> NDArray[np.float32]:
        """Features of the article against each story, shape (n_stories, len(STORY_FEATURES))."""
        others = concatenated([story.stacked for story in stories])
        pairs = self._pairs.features(article, others, idf)
        logits = self._model.pair.logit(pairs)
        return story_features(article, stories, pairs, logits, similarities, stream)

    def score(
        self, article: Member, stories: Sequence[LiveStory], similarities: NDArray[np.float32],
        idf: NDArray[np.float32], stream: StreamState,
    ) -> list[Candidate]:
        """Candidates, the likeliest first; ties by story id."""
        if not stories:
            return []
        logits = self._model.join.logit(self.rows(article, stories, similarities, idf, stream))
        scored = [
            Candidate(story.story_id, _probability(logit)) for story, logit in zip(stories, logits, strict=True)
        ]
        return sorted(scored, key=lambda each: (-each.probability, each.story_id))


def _probability(logit: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0))))


def inverse_frequencies(table: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Rarity of each term bucket: log of articles over articles that have it. Shape (TERM_BUCKETS,)."""
    if table.shape != (TERM_BUCKETS,):
        raise ValueError(f"term table of shape {table.shape}, expected ({TERM_BUCKETS},)")
    articles = float(table[0]) + 2.0
    idf: NDArray[np.float32] = np.log(articles / (table.astype(np.float32) + 1.0)).clip(0.1)
    return idf
