"""river's DBSTREAM and DenStream (`pip install river`).

Three favours, so that the rows say something about the methods rather than about how they were run:

- The principal components are fitted on the whole set. river keeps points as dictionaries, so that 384 dimensions
  would take hours; and with all of them DenStream was worse, for distances then differ too little.
- The points are scaled to unit length again, so that one radius fits all sets better.
- Clusters are asked for once, at the end: both methods number them anew whenever they are asked.

What is not in the grids was tried by hand: slow forgetting and 64 components were best over all sets together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from river.cluster import DBSTREAM, DenStream
from river.cluster.denstream import DenStreamMicroCluster
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA

from pipeline.quality.bench.peers.methods import Peer
from pipeline.quality.bench.peers.stream import Labels, Stream

Point = dict[int, float]
DECAY = 1e-4
"""Per article: a weight halves in 1 / DECAY articles, more than any set has. With 1e-3 both methods lost
.09 or more on the largest set."""


def n_components(articles: int, most: int = 64) -> int:
    """A quarter of a small set: with as many components as articles each article is as far from the others."""
    return max(2, min(most, articles // 4))


def components(stream: Stream) -> NDArray[np.float64]:
    """Shape (n_articles, n_components), unit length."""
    reduction = PCA(n_components(len(stream.vectors)), random_state=0)
    points = reduction.fit_transform(stream.vectors).astype(np.float64)
    unit: NDArray[np.float64] = points / np.linalg.norm(points, axis=1, keepdims=True)
    return unit


def as_points(rows: NDArray[np.float64]) -> list[Point]:
    """As river wants them."""
    return [dict(enumerate(row)) for row in rows.tolist()]


def new_dbstream(radius: float) -> Any:
    """Hahsler and Bolaños 2016, with the intersection factor that river has as default."""
    return DBSTREAM(
        clustering_threshold=radius,
        fading_factor=DECAY,
        cleanup_interval=1_000,
        intersection_factor=0.3,
        minimum_weight=1.0,
    )


def dbstream(stream: Stream, radius: float) -> Labels:
    """Learns one article after the other; each gets the cluster with the nearest centre."""
    model = new_dbstream(radius)
    points = as_points(components(stream))
    for each in points:
        model.learn_one(each)
    return np.array([model.predict_one(each) for each in points], dtype=np.int64)


class MicroCluster(DenStreamMicroCluster):  # type: ignore[misc]
    """With the radius of the paper: root of the mean squared distance from the centre.

    river up to 0.26.1 takes the norm of the squared sums instead of their sum (online-ml/river#2004). The radius
    is then far too small: with the best epsilon of this class the five smaller sets make one to seven clusters.
    """

    __slots__ = ()

    def calc_radius(self, timestamp: int) -> float:  # noqa: ARG002
        """At any time: the decay cancels out."""
        mean_square = sum(self.squared_sum.values()) / self.N
        return math.sqrt(max(0.0, mean_square - sum((each / self.N) ** 2 for each in self.linear_sum.values())))

    def radius_with(self, x: Point) -> float:
        """As if x were in it: one more point adds its squared distance, divided between all."""
        count, centre = self.N, self.center
        added = sum((value - centre[at]) ** 2 for at, value in x.items()) / (count + 1)
        return math.sqrt(count / (count + 1) * (self.calc_radius(0) ** 2 + added))


class CorrectedDenStream(DenStream):  # type: ignore[misc]
    """Cao et al. 2006, on river's class with what is wrong in 0.26.1 put right (online-ml/river#2004, #2006).

    Besides the radius: a new micro-cluster could take the key of one that was there, and micro-clusters that touch
    through a third one stayed apart.
    """

    def __init__(self, epsilon: float) -> None:
        # Two articles make a potential micro-cluster: most events of the sets have two to four.
        super().__init__(decaying_factor=DECAY, beta=0.75, mu=1.5, epsilon=epsilon, stream_speed=1)
        # The first DBSCAN over a buffer is left out, since river forgets what that calls noise.
        self.initialized = True

    def _merge(self, point: Point) -> None:
        for group in (self.p_micro_clusters, self.o_micro_clusters):
            if not group:
                continue
            key = self._get_closest_cluster_key(point, group)
            if group[key].radius_with(point) > self.epsilon:
                continue
            group[key].insert(point, self.timestamp)
            grown = group[key].calc_weight(self.timestamp) > self.mu * self.beta
            if group is self.o_micro_clusters and grown:
                self.p_micro_clusters[key] = group.pop(key)
            return
        self.o_micro_clusters[self._n_samples_seen] = MicroCluster(point, self.timestamp, self.decaying_factor)

    def labels(self, points: NDArray[np.float64]) -> Labels:
        """Of the micro-cluster with the nearest centre. Outliers have one each, which is kinder than noise."""
        potential = list(self.p_micro_clusters.values())
        outliers = list(self.o_micro_clusters.values())
        labels = np.arange(len(potential) + len(outliers))
        if potential:
            labels[: len(potential)] = self._connected(potential)
        centres = np.array([list(each.center.values()) for each in (*potential, *outliers)])
        nearest = cdist(points, centres).argmin(axis=1)
        return np.asarray(labels[nearest], dtype=np.int64)

    def _connected(self, potential: Sequence[MicroCluster]) -> NDArray[np.int32]:
        """The paper's offline step: core micro-clusters closer than 2 epsilon that touch are one cluster."""
        centres = np.array([list(each.center.values()) for each in potential])
        radii = np.array([each.calc_radius(self.timestamp) for each in potential])
        core = np.array([each.calc_weight(self.timestamp) > self.mu for each in potential])
        distances = cdist(centres, centres)
        touching = (distances < 2 * self.epsilon) & (distances <= radii[:, None] + radii[None, :])
        found: NDArray[np.int32] = connected_components(touching & core[:, None] & core[None, :])[1]
        return found


def denstream(stream: Stream, epsilon: float) -> Labels:
    """One article after the other, clusters at the end."""
    model = CorrectedDenStream(epsilon)
    points = components(stream)
    for each in as_points(points):
        model.learn_one(each)
    return model.labels(points)


PEERS = (
    Peer("DBSTREAM (river)", True, dbstream, [0.65, 0.7, 0.75, 0.8, 0.85]),
    Peer("DenStream (river, corrected)", True, denstream, [0.3, 0.35, 0.4, 0.45, 0.5]),
)
