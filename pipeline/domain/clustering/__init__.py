"""Which story each article belongs to. Knows nothing of Kafka or Redis."""

from pipeline.domain.clustering.clustering import Clustering, UncommittedError
from pipeline.domain.clustering.model import JoinModel, load_model
from pipeline.domain.clustering.settings import ClusteringSettings

__all__ = [
    "Clustering",
    "ClusteringSettings",
    "JoinModel",
    "UncommittedError",
    "load_model",
]
