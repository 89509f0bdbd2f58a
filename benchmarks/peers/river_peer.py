"""river's DBSTREAM, where river is installed (`pip install river`).

river keeps points as dictionaries, so that 384 dimensions would take hours: it gets the first 24 principal
components, fitted on the whole set, which is a favour.
"""

from __future__ import annotations

import importlib.util

import numpy as np
from sklearn.decomposition import PCA

from benchmarks.peers.methods import Peer
from benchmarks.peers.stream import Labels, Stream

COMPONENTS = 24


def dbstream(stream: Stream, radius: float) -> Labels:
    """Hahsler and Bolaños 2016."""
    from river import cluster  # type: ignore[import-not-found]

    model = cluster.DBSTREAM(
        clustering_threshold=radius, fading_factor=0.001, cleanup_interval=1_000, intersection_factor=0.3,
        minimum_weight=1.0,
    )
    points = PCA(min(COMPONENTS, len(stream.vectors) - 1), random_state=0).fit_transform(stream.vectors)
    dictionaries = [dict(enumerate(row.tolist())) for row in points]
    for each in dictionaries:
        model.learn_one(each)
    return np.array([model.predict_one(each) for each in dictionaries], dtype=np.int64)


def river_peers() -> tuple[Peer, ...]:
    """None where river is not installed."""
    if importlib.util.find_spec("river") is None:
        return ()
    return (Peer("DBSTREAM (river)", True, dbstream, [0.3, 0.45, 0.6]),)
