"""Made-up articles with made-up vectors: topics are directions, articles of a topic lie close together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.domain.clustering import Clustering, ClusteringSettings, load_model
from pipeline.domain.clustering.types import EncodedArticle, LiveStoriesSnapshot
from pipeline.domain.encoder.models import MULTILINGUAL

DIMS = 32
HOUR_S = 3_600.0
MODEL = replace(load_model(MULTILINGUAL), means={})
"""The shipped model without the means of real vectors, which these are not."""

TOPICS = (
    "Volcano erupts on Sunda island",
    "Senate passes budget bill",
    "Striker Novak scores hat-trick",
    "Bridge in Lisbon closes for repair",
)


def article(
    topic: int, number: int, at: float | None = 0.0, text: str = "", language: str = "en"
) -> EncodedArticle:
    """Article `number` about topic `topic`."""
    random = np.random.default_rng(1_000 * topic + number)
    vector = np.zeros(DIMS)
    vector[topic % DIMS] = 1.0
    vector = (vector + random.normal(0.0, 0.05, DIMS)).astype(np.float32)
    return EncodedArticle(
        article_id=hashlib.sha256(f"{topic}/{number}".encode()).hexdigest(),
        title=f"{TOPICS[topic % len(TOPICS)]}, report {number}",
        text=text,
        language=language,
        source=f"outlet{number}.example",
        published_at=at,
        vector=vector / np.linalg.norm(vector),
    )


def clustering(**settings: Any) -> Clustering:
    """A fresh clustering with the shipped model."""
    return Clustering(MODEL, ClusteringSettings(**settings))


def committed(live: Clustering, *batches: Sequence[EncodedArticle]) -> dict[str, str]:
    """Assign and commit each batch; article id -> story id at its decision."""
    stories: dict[str, str] = {}
    for batch in batches:
        stories |= {each.article_id: each.story_id for each in live.assign(batch).assignments}
        live.commit()
    return stories


def same(one: LiveStoriesSnapshot, other: LiveStoriesSnapshot) -> bool:
    """Whether two snapshots hold the same, whatever the order of their stories."""
    return (
        one.states == other.states
        and one.term_table == other.term_table
        and one.language_means == other.language_means
    )
