"""Which story each article belongs to. Knows nothing of Kafka or Redis."""

from pipeline.clustering.clustering import Clustering, UncommittedError
from pipeline.clustering.language import detect_language
from pipeline.clustering.model import JoinModel, load_model
from pipeline.clustering.settings import ClusteringSettings

__all__ = [
    "Clustering", "ClusteringSettings", "JoinModel", "UncommittedError", "detect_language", "load_model",
]
