"""What a story is about: a linear head on its vector, made by `python -m benchmarks.topics`.

The head reads the centroid, which the clustering has in memory: no text is looked at, no other model is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from pipeline.domain.clustering.scorers import ArtifactError
from pipeline.domain.clustering.types import TopicGuess
from pipeline.domain.encoder_names import full_weights_name

ARTIFACT = Path(__file__).with_name("topics.json")
ARTIFACT_VERSION = 1

MAX_TOPICS = 2
"""Of a story: what comes third is seldom right."""


@dataclass(frozen=True)
class TopicHead:
    """A logistic regression for each topic."""

    codes: tuple[str, ...]
    weights: NDArray[np.float32]
    """Shape (topics, dims)."""
    offsets: NDArray[np.float32]
    """Shape (topics,)."""
    threshold: float
    """Confidence from which on a topic is told."""

    def of(self, centroid: NDArray[np.float32]) -> tuple[TopicGuess, ...]:
        """The topics of a story with this centroid (centred, unit length), surest first."""
        confidences = self.confidences(centroid)
        surest = np.argsort(-confidences, kind="stable")[:MAX_TOPICS]
        return tuple(
            TopicGuess(self.codes[at], float(confidences[at]))
            for at in surest
            if confidences[at] >= self.threshold
        )

    def confidences(self, centroids: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of every topic; one row, or one for each centroid."""
        logits = centroids @ self.weights.T + self.offsets
        confidences: NDArray[np.float32] = 1.0 / (1.0 + np.exp(-logits))
        return confidences


@lru_cache(maxsize=4)
def load_topics(encoder: str, path: Path = ARTIFACT) -> TopicHead | None:
    """The head for the vectors of `encoder`, an int8 form or its full weights; None where there is none.

    Raises ArtifactError where the artifact is of another version.
    """
    document = orjson.loads(path.read_bytes())
    if document["version"] != ARTIFACT_VERSION:
        raise ArtifactError(f"{path.name}: version {document['version']}, expected {ARTIFACT_VERSION}")
    if full_weights_name(encoder) != full_weights_name(document["encoder"]):
        return None
    return TopicHead(
        codes=tuple(document["topics"]),
        weights=np.array([each["weights"] for each in document["topics"].values()], dtype=np.float32),
        offsets=np.array([each["offset"] for each in document["topics"].values()], dtype=np.float32),
        threshold=document["threshold"],
    )
