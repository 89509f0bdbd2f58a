"""The peers of scikit-learn and scipy. Each takes a stream and one setting, and gives every article a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.cluster import HDBSCAN, Birch, MiniBatchKMeans

from pipeline.quality.bench.peers.stream import Labels, Stream

Method = Callable[[Stream, float], Labels]
BATCH = 64
"""Articles that arrive together, for methods that learn in batches."""


@dataclass(frozen=True)
class Peer:
    """A method with the settings among which the best one is taken."""

    name: str
    online: bool
    run: Method
    settings: Sequence[float]


def apart_from_noise(labels: Labels) -> Labels:
    """Each article of the noise, which has a label below zero, in a cluster of its own."""
    noise = labels < 0
    return np.where(noise, labels.max() + np.cumsum(noise), labels)


def nearest_article(similarity: NDArray[np.float32], threshold: float) -> Labels:
    """First story detection (Allan et al. 2000; Mazoyer et al. 2020): join the nearest earlier article's."""
    labels = np.zeros(len(similarity), dtype=np.int64)
    for at in range(len(similarity)):
        nearest = int(np.argmax(similarity[at, :at])) if at else 0
        joins = at > 0 and similarity[at, nearest] >= threshold
        labels[at] = labels[nearest] if joins else at
    return labels


def nearest_centroid(stream: Stream, threshold: float) -> Labels:
    """Join the story with the nearest centroid, or open one."""
    sums = np.zeros_like(stream.vectors)
    unit = np.zeros_like(stream.vectors)
    labels = np.zeros(len(stream.vectors), dtype=np.int64)
    count = 0
    for at, vector in enumerate(stream.vectors):
        similarities = unit[:count] @ vector
        best = int(np.argmax(similarities)) if count else 0
        if count == 0 or similarities[best] < threshold:
            best, count = count, count + 1
        sums[best] += vector
        unit[best] = sums[best] / np.linalg.norm(sums[best])
        labels[at] = best
    return labels


def birch(stream: Stream, radius: float) -> Labels:
    """scikit-learn's Birch, fed in batches; the leaves of its tree are the clusters."""
    model = Birch(threshold=radius, n_clusters=None)
    for at in range(0, len(stream.vectors), BATCH):
        model.partial_fit(stream.vectors[at : at + BATCH])
    return np.asarray(model.predict(stream.vectors), dtype=np.int64)


def mini_batch_k_means(stream: Stream, articles_per_cluster: float) -> Labels:
    """Offline, unlike BERTopic's use of it: sees all articles at once. Must be told the number of clusters."""
    clusters = max(2, round(len(stream.vectors) / articles_per_cluster))
    model = MiniBatchKMeans(n_clusters=clusters, batch_size=1_024, random_state=0, n_init=1)
    return np.asarray(model.fit_predict(stream.vectors), dtype=np.int64)


def average_linkage(similarity: NDArray[np.float32], threshold: float) -> Labels:
    """Offline: sees all articles at once."""
    distance = np.clip(1.0 - similarity, 0.0, None)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform((distance + distance.T) / 2, checks=False), method="average")
    return np.asarray(fcluster(tree, 1.0 - threshold, criterion="distance"), dtype=np.int64)


def hdbscan(stream: Stream, min_samples: float) -> Labels:
    """Offline: scikit-learn's HDBSCAN; noise becomes clusters of one."""
    model = HDBSCAN(min_cluster_size=2, min_samples=int(min_samples), copy=True)
    return apart_from_noise(np.asarray(model.fit_predict(stream.vectors), dtype=np.int64))


def _mixed(stream: Stream) -> NDArray[np.float32]:
    return 0.5 * stream.dense_similarity + 0.5 * stream.word_similarity


def _range(first: float, last: float, step: float) -> list[float]:
    return [round(each, 3) for each in np.arange(first, last + step / 2, step).tolist()]


PEERS = (
    Peer(
        "nearest article, TF-IDF", True, lambda s, t: nearest_article(s.word_similarity, t), _range(0.1, 0.5, 0.05)
    ),
    Peer(
        "nearest article, dense", True, lambda s, t: nearest_article(s.dense_similarity, t), _range(0.3, 0.8, 0.05)
    ),
    Peer("nearest article, both", True, lambda s, t: nearest_article(_mixed(s), t), _range(0.2, 0.6, 0.05)),
    Peer("nearest centroid, dense", True, nearest_centroid, _range(0.3, 0.8, 0.05)),
    Peer("Birch", True, birch, _range(0.4, 0.8, 0.1)),
    Peer("mini-batch k-means, offline", False, mini_batch_k_means, [3.0, 4.0, 6.0]),
    Peer("HDBSCAN, offline", False, hdbscan, [1.0, 2.0, 3.0]),
    Peer(
        "average linkage, dense, offline",
        False,
        lambda s, t: average_linkage(s.dense_similarity, t),
        _range(0.25, 0.6, 0.05),
    ),
    Peer(
        "average linkage, both, offline",
        False,
        lambda s, t: average_linkage(_mixed(s), t),
        _range(0.15, 0.45, 0.05),
    ),
)
