"""What every method gets: the articles of one set in order of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline.domain.clustering.stream import Means, StreamState, centred
from pipeline.domain.clustering.types import EncodedArticle
from pipeline.quality.evaluation.labelled import LabelledArticle

TEXT_CHARS = 1_500
Labels = NDArray[np.int64]
"""Shape (n_articles,): the cluster of each article."""


@dataclass(frozen=True)
class Stream:
    """One set."""

    name: str
    texts: Sequence[str]
    events: Sequence[str]
    vectors: NDArray[np.float32]
    """Shape (n_articles, dims), unit length, centred with the shipped mean of their language: what helps our
    method most is given to all."""

    @cached_property
    def tfidf(self) -> csr_matrix:
        """Rows of unit length. Frequencies of the whole set: a favour to the methods that use it."""
        return TfidfVectorizer(sublinear_tf=True, min_df=1, max_df=0.5).fit_transform(self.texts)

    @cached_property
    def dense_similarity(self) -> NDArray[np.float32]:
        """Shape (n, n)."""
        return self.vectors @ self.vectors.T

    @cached_property
    def word_similarity(self) -> NDArray[np.float32]:
        """Shape (n, n)."""
        product: NDArray[np.float32] = (self.tfidf @ self.tfidf.T).toarray().astype(np.float32)
        return product


def as_stream(
    name: str, labelled: Sequence[LabelledArticle], articles: Sequence[EncodedArticle], means: Means
) -> Stream:
    """A set for the peers; `articles` are the labelled ones with their vectors."""
    start = StreamState()
    return Stream(
        name=name,
        texts=[f"{each.title}\n{each.text[:TEXT_CHARS]}" for each in articles],
        events=[each.event or each.article_id for each in labelled],
        vectors=np.stack([centred(start, means, each.language, each.vector) for each in articles]),
    )
