"""The learned model: numbers in a text file, made by `python -m benchmarks.train`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from pipeline.domain.clustering.scorers import ArtifactError, Scorer, read_scorer
from pipeline.domain.clustering.story_features import STORY_FEATURES
from pipeline.domain.clustering.types import TERM_BUCKETS
from pipeline.domain.encoder_names import full_weights_name

ARTIFACT = Path(__file__).with_name("model.json")
ARTIFACT_VERSION = 1


@dataclass(frozen=True)
class JoinModel:
    """Scorers, thresholds and priors, calibrated for one encoder."""

    encoder: str
    join: Scorer
    """Article against story."""
    join_threshold: float
    """Probability from which on an article joins."""
    merge_logit: float
    """Agreement of two stories (see `Repair`) from which on they are one."""
    split_logit: float
    """Mean log-odds between two parts of a story up to which they are two stories."""
    gray_low: float
    gray_high: float
    """A best probability in between is near the boundary."""
    means: dict[str, NDArray[np.float32]]
    """Mean vector of each language, shape (dims,), for the first articles of a stream; `*`: of all."""
    term_shares: NDArray[np.float32]
    """Shape (TERM_BUCKETS,): share of articles that have a term of this bucket, in general."""


def artifact_digest(path: Path = ARTIFACT) -> str:
    """SHA-256 of the artifact: models that decide otherwise have another one."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=4)
def load_model(encoder: str, path: Path = ARTIFACT) -> JoinModel:
    """The model calibrated for `encoder`; an int8 form that has none takes that of the full weights.

    Raises ArtifactError where the artifact has none for this encoder.
    """
    document = orjson.loads(path.read_bytes())
    if document["version"] != ARTIFACT_VERSION:
        raise ArtifactError(f"{path.name}: version {document['version']}, expected {ARTIFACT_VERSION}")
    part = document["encoders"].get(encoder, document["encoders"].get(full_weights_name(encoder)))
    if part is None:
        known = ", ".join(sorted(document["encoders"]))
        raise ArtifactError(f"{path.name}: not calibrated for encoder {encoder!r}; it is for {known}")
    return JoinModel(
        encoder=encoder,
        join=read_scorer(part["join"], STORY_FEATURES),
        join_threshold=part["join_threshold"],
        merge_logit=part["merge_logit"],
        split_logit=part["split_logit"],
        gray_low=part["gray"][0],
        gray_high=part["gray"][1],
        means={language: np.array(mean, dtype=np.float32) for language, mean in part["means"].items()},
        term_shares=_dense(document["term_shares"]),
    )


def read_term_shares(path: Path = ARTIFACT) -> NDArray[np.float32]:
    """What is known of words in general, shape (TERM_BUCKETS,); the same for all encoders."""
    return _dense(orjson.loads(path.read_bytes())["term_shares"])


def _dense(shares: dict[str, float]) -> NDArray[np.float32]:
    table = np.zeros(TERM_BUCKETS, dtype=np.float32)
    table[np.array([int(each) for each in shares], dtype=np.int64)] = list(shares.values())
    return table
