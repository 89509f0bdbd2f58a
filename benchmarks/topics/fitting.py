"""A logistic regression for each topic, its logits made into confidences on sets that it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.topics.sets import EXAMPLES, Labelled
from groundswell.media_topics import MEDIA_TOPICS
from pipeline.domain.clustering.topics import MAX_TOPICS, TopicHead

CODES = tuple(MEDIA_TOPICS)
INVERSE_REGULARISATION = 10.0
PRECISION = 0.9
"""Wanted of the topics that are told; the threshold is the lowest with this precision on the folds."""
LOWEST = 0.3
"""No threshold below this one, whatever the folds say."""


def fit(examples: Sequence[Labelled]) -> TopicHead:
    """The head of these examples, calibrated and cut on folds that leave one of their sets out each."""
    raw = _fit(examples)
    logits, right, weights = _held_out(examples)
    slope, offset = calibration(logits, right, weights)
    return replace(
        raw,
        weights=(slope * raw.weights).astype(np.float32),
        offsets=(slope * raw.offsets + offset).astype(np.float32),
        threshold=threshold_of(confidences_of(slope * logits + offset), right, weights, PRECISION),
    )


def _fit(examples: Sequence[Labelled]) -> TopicHead:
    return regressions(examples, CODES, _truth([each.topics for each in examples]))


def regressions(examples: Sequence[Labelled], codes: tuple[str, ...], truth: NDArray[np.bool_]) -> TopicHead:
    """One for each topic, as it is fitted: not calibrated. `truth` has the shape (examples, topics)."""
    vectors = np.stack([each.vector for each in examples])
    weights = np.array([each.weight for each in examples])
    fitted = [
        LogisticRegression(C=INVERSE_REGULARISATION, max_iter=2_000).fit(vectors, truth[:, at], weights)
        for at in range(len(codes))
    ]
    return TopicHead(
        codes=codes,
        weights=np.stack([each.coef_[0] for each in fitted]).astype(np.float32),
        offsets=np.array([each.intercept_[0] for each in fitted], dtype=np.float32),
        threshold=0.5,
    )


def _held_out(examples: Sequence[Labelled]) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Logits of the topics that may be told of each event, by heads that saw nothing of its set; whether each is
    right; weights."""
    logits, right, weights = [], [], []
    for name in sorted({each.set_name for each in examples} - {EXAMPLES}):
        head = _fit([each for each in examples if each.set_name != name])
        tested = [each for each in examples if each.set_name == name]
        every = np.stack([each.vector for each in tested]) @ head.weights.T + head.offsets
        best = np.argsort(-every, axis=1, kind="stable")[:, :MAX_TOPICS]
        logits.append(np.take_along_axis(every, best, axis=1).ravel())
        right.append(np.take_along_axis(_truth([tuple(each.right) for each in tested]), best, axis=1).ravel())
        weights.append(np.repeat([each.weight for each in tested], MAX_TOPICS))
    return np.concatenate(logits), np.concatenate(right), np.concatenate(weights)


def calibration(
    logits: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Platt's slope and offset."""
    fitted = LogisticRegression(C=1e6).fit(logits[:, None], right, weights)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def threshold_of(
    confidences: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64], wanted: float
) -> float:
    """The lowest from which on this share is right."""
    order = np.argsort(-confidences)
    precision = np.cumsum((weights * right)[order]) / np.cumsum(weights[order])
    enough = np.flatnonzero(precision >= wanted)
    return max(LOWEST, round(float(confidences[order][enough[-1]]), 2)) if enough.size else 1.0


def _truth(topics: Sequence[tuple[str, ...]]) -> NDArray[np.bool_]:
    return np.array([[code[:2] in each for code in CODES] for each in topics])


def confidences_of(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of calibrated logits."""
    confidences: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-logits))
    return confidences
