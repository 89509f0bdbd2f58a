"""A logistic regression for each topic, its logits made into confidences on sets that it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.topics.sets import EXAMPLES, Labelled
from groundswell.media_topics import MEDIA_TOPICS
from pipeline.domain.clustering.topics import TopicHead

CODES = tuple(MEDIA_TOPICS)
INVERSE_REGULARISATION = 10.0
PRECISION = 0.9
"""Wanted of the topics that are told; the threshold is the lowest with this precision on the folds."""
LOWEST = 0.3
"""No threshold below this one, whatever the folds say."""


def fit(examples: Sequence[Labelled]) -> TopicHead:
    """The head of these examples, calibrated and cut on folds that leave one of their sets out each."""
    raw = _fit(examples)
    logits, truth, weights = _held_out(examples)
    slope, offset = _calibration(logits, truth, weights)
    told = _confidences(slope * logits + offset)
    return replace(
        raw,
        weights=(slope * raw.weights).astype(np.float32),
        offsets=(slope * raw.offsets + offset).astype(np.float32),
        threshold=_threshold(told.max(axis=1), truth[np.arange(len(truth)), told.argmax(axis=1)], weights),
    )


def _fit(examples: Sequence[Labelled]) -> TopicHead:
    vectors = np.stack([each.vector for each in examples])
    truth = _truth([each.topics for each in examples])
    weights = np.array([each.weight for each in examples])
    fitted = [
        LogisticRegression(C=INVERSE_REGULARISATION, max_iter=2_000).fit(vectors, truth[:, at], weights)
        for at in range(len(CODES))
    ]
    return TopicHead(
        codes=CODES,
        weights=np.stack([each.coef_[0] for each in fitted]).astype(np.float32),
        offsets=np.array([each.intercept_[0] for each in fitted], dtype=np.float32),
        threshold=0.5,
    )


def _held_out(examples: Sequence[Labelled]) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    """Logits of each event by a head that saw nothing of its set, what is right, and weights."""
    tested = [each for each in examples if each.set_name != EXAMPLES]
    logits = np.zeros((len(tested), len(CODES)))
    for name in sorted({each.set_name for each in tested}):
        head = _fit([each for each in examples if each.set_name != name])
        rows = [at for at, each in enumerate(tested) if each.set_name == name]
        logits[rows] = np.stack([tested[at].vector for at in rows]) @ head.weights.T + head.offsets
    return logits, _truth([tuple(each.right) for each in tested]), np.array([each.weight for each in tested])


def _calibration(
    logits: NDArray[np.float64], truth: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Platt's slope and offset, from the best topic of each event: the one that may be told."""
    best = logits.argmax(axis=1)
    rows = np.arange(len(best))
    fitted = LogisticRegression(C=1e6).fit(logits[rows, best, None], truth[rows, best], weights)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _threshold(confidences: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]) -> float:
    order = np.argsort(-confidences)
    precision = np.cumsum((weights * right)[order]) / np.cumsum(weights[order])
    enough = np.flatnonzero(precision >= PRECISION)
    return max(LOWEST, round(float(confidences[order][enough[-1]]), 2)) if enough.size else 1.0


def _truth(topics: Sequence[tuple[str, ...]]) -> NDArray[np.bool_]:
    return np.array([[code[:2] in each for code in CODES] for each in topics])


def _confidences(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    confidences: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-logits))
    return confidences
