"""What a story is about: a linear head on its vector, made by `python -m benchmarks.topics`.

The head reads the centroid, which the clustering has in memory: no text is looked at, no other model is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from pipeline.domain.clustering.scorers import ArtifactError
from pipeline.domain.clustering.types import TopicGuess
from pipeline.domain.encoder_names import full_weights_name

ARTIFACT = Path(__file__).with_name("topics.json")
ARTIFACT_VERSION = 2

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
    narrower: Mapping[str, TopicHead] = field(default_factory=dict)
    """By topic: the head that tells which of its parts it is."""

    def of(self, centroid: NDArray[np.float32]) -> tuple[TopicGuess, ...]:
        """The topics of a story with this centroid (centred, unit length), surest first, each with its part."""
        return self.of_all(centroid[None])[0]

    def of_all(self, centroids: NDArray[np.float32]) -> list[tuple[TopicGuess, ...]]:
        """The same of stories with these centroids, shape (n, dims)."""
        return [
            tuple(
                each
                for guess in self._sure(confidences, MAX_TOPICS)
                for each in (guess, *self._part(guess.code, centroid))
            )
            for confidences, centroid in zip(self.confidences(centroids), centroids, strict=True)
        ]

    def sure(self, centroid: NDArray[np.float32], most: int) -> list[TopicGuess]:
        """The surest topics of this head alone that are told."""
        return self._sure(self.confidences(centroid), most)

    def _sure(self, confidences: NDArray[np.float32], most: int) -> list[TopicGuess]:
        if confidences.max() < self.threshold:
            return []
        surest = np.argsort(-confidences, kind="stable")[:most]
        return [
            TopicGuess(self.codes[at], float(confidences[at]))
            for at in surest
            if confidences[at] >= self.threshold
        ]

    def _part(self, code: str, centroid: NDArray[np.float32]) -> list[TopicGuess]:
        head = self.narrower.get(code)
        return head.sure(centroid, 1) if head is not None else []

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
    narrower = {
        code: _head(part, document["narrower"]["threshold"])
        for code, part in document["narrower"]["topics"].items()
    }
    return replace(_head(document["topics"], document["threshold"]), narrower=narrower)


def _head(topics: Mapping[str, Any], threshold: float) -> TopicHead:
    return TopicHead(
        codes=tuple(topics),
        weights=np.array([each["weights"] for each in topics.values()], dtype=np.float32),
        offsets=np.array([each["offset"] for each in topics.values()], dtype=np.float32),
        threshold=threshold,
    )
