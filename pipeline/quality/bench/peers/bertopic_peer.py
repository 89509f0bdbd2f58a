"""BERTopic's online mode (Grootendorst 2022; `pip install bertopic river`), as its documentation describes it.

`partial_fit` in batches, with our embeddings, incremental PCA, and one of the two cluster models that its
documentation names: mini-batch k-means, which must be told the number of clusters, or river's DBSTREAM.

Each article keeps the topic that it gets with its batch. Asking for all topics at the end (`transform`) was much
worse: the axes of the incremental PCA turn between batches, or change their sign, so that early articles no longer
lie where their topic was learnt. Topics as they arrive suffer from that too, but less.

With components fitted beforehand on the whole set, which its documentation allows but no stream has, k-means
gained about .05; with DBSTREAM, the topics at the end were then nearly those of DBSTREAM alone, a row of its own.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from bertopic import BERTopic
from bertopic.vectorizers import ClassTfidfTransformer, OnlineCountVectorizer
from numpy.typing import NDArray
from sklearn.cluster import MiniBatchKMeans
from sklearn.decomposition import IncrementalPCA

from pipeline.quality.bench.peers.methods import Peer, apart_from_noise
from pipeline.quality.bench.peers.river_peers import as_points, n_components, new_dbstream
from pipeline.quality.bench.peers.stream import Labels, Stream

BATCH = 256
"""Articles. Four times ours, which favours BERTopic: with 64, DBSTREAM had lower figures, for the axes and the
numbers of topics change with each batch. Its documentation takes 1,000; five of the sets have fewer articles."""

K_MEANS_COMPONENTS = 24
DBSTREAM_COMPONENTS = 64


class RiverClusters:
    """What BERTopic asks of a cluster model, around one of river's."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.labels_: list[int] = []

    def partial_fit(self, rows: NDArray[np.float64]) -> RiverClusters:
        """Learn the batch, then label it."""
        points = as_points(rows)
        for each in points:
            self.model.learn_one(each)
        self.labels_ = [self.model.predict_one(each) for each in points]
        return self


def online_topics(stream: Stream, clusters: Any, dims: int, batch: int) -> Labels:
    """The topic of each article after its batch."""
    model = BERTopic(
        embedding_model=None,
        umap_model=IncrementalPCA(dims),
        hdbscan_model=clusters,
        vectorizer_model=OnlineCountVectorizer(decay=0.01),
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True, bm25_weighting=True),
    )
    # scikit-learn's k-means refuses a second batch in single precision after a first one that PCA made double.
    vectors = stream.vectors.astype(np.float64)
    count = len(stream.texts)
    topics: list[int] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # c-TF-IDF divides by the length of topics that the batch did not touch
        for at in range(0, count, batch):
            model.partial_fit(list(stream.texts[at : at + batch]), embeddings=vectors[at : at + batch])
            topics.extend(model.topics_)
    return apart_from_noise(np.array(topics, dtype=np.int64))


def with_k_means(stream: Stream, articles_per_cluster: float) -> Labels:
    """The first batch must hold an article for each cluster: for large sets it is larger still."""
    count = len(stream.texts)
    clusters = max(2, round(count / articles_per_cluster))
    model = MiniBatchKMeans(n_clusters=clusters, random_state=0)
    return online_topics(stream, model, n_components(count, K_MEANS_COMPONENTS), max(BATCH, clusters))


def with_dbstream(stream: Stream, radius: float) -> Labels:
    """Opens clusters as they are needed."""
    dims = n_components(len(stream.texts), DBSTREAM_COMPONENTS)
    return online_topics(stream, RiverClusters(new_dbstream(radius)), dims, BATCH)


PEERS = (
    Peer("BERTopic online, mini-batch k-means", True, with_k_means, [2.0, 3.0, 4.0, 6.0]),
    Peer("BERTopic online, DBSTREAM", True, with_dbstream, [0.6, 0.65, 0.7, 0.75]),
)
