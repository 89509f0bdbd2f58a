"""Measures of a clustering against labels. Pure functions over parallel sequences of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score


@dataclass(frozen=True)
class BCubed:
    """Bagga and Baldwin 1998: averaged over articles, so that large events weigh by their size."""

    precision: float
    """Mean share of an article's story that is of its event."""
    recall: float
    """Mean share of an article's event that is in its story."""
    f1: float


@dataclass(frozen=True)
class Scores:
    """How well stories match events."""

    articles: int
    events: int
    stories: int
    b3: BCubed
    ami: float
    """Adjusted mutual information; 0 by chance, 1 perfect."""
    ari: float
    """Adjusted Rand index; 0 by chance, 1 perfect."""
    singleton_ratio: float
    """Share of stories with one article."""
    largest_share: float
    """Share of all articles in the largest story."""

    @property
    def stories_per_event(self) -> float:
        """1 where there are as many stories as events."""
        return self.stories / max(1, self.events)


def b_cubed(
    events: Sequence[Hashable], stories: Sequence[Hashable], counted: Sequence[bool] | None = None
) -> BCubed:
    """B-cubed precision, recall and F1 of `stories` against `events`.

    `counted`: the articles that are averaged over; all where None. The others still share stories with them.
    """
    pairs = list(zip(events, stories, strict=True))
    kept = pairs if counted is None else [pair for pair, is_in in zip(pairs, counted, strict=True) if is_in]
    if not kept:
        return BCubed(0.0, 0.0, 0.0)
    event_sizes, story_sizes, together = Counter(events), Counter(stories), Counter(pairs)
    precision = sum(together[event, story] / story_sizes[story] for event, story in kept) / len(kept)
    recall = sum(together[event, story] / event_sizes[event] for event, story in kept) / len(kept)
    return BCubed(precision, recall, 2 * precision * recall / (precision + recall))


def score(events: Sequence[Hashable], stories: Sequence[Hashable]) -> Scores:
    """All measures. The sequences are parallel: one label of each kind per article."""
    event_numbers, story_numbers = _numbered(events), _numbered(stories)
    sizes = Counter(stories)
    return Scores(
        articles=len(events),
        events=len(set(events)),
        stories=len(sizes),
        b3=b_cubed(events, stories),
        ami=float(adjusted_mutual_info_score(event_numbers, story_numbers)),
        ari=float(adjusted_rand_score(event_numbers, story_numbers)),
        singleton_ratio=sum(size == 1 for size in sizes.values()) / max(1, len(sizes)),
        largest_share=max(sizes.values(), default=0) / max(1, len(stories)),
    )


@dataclass(frozen=True)
class Percentiles:
    """Of a time per article, in milliseconds."""

    p50: float
    p99: float


def percentiles(times_ms: Sequence[float]) -> Percentiles:
    """Median and 99th percentile; 0 where there are no times."""
    if not times_ms:
        return Percentiles(0.0, 0.0)
    p50, p99 = np.percentile(np.asarray(times_ms), [50, 99])
    return Percentiles(float(p50), float(p99))


def _numbered(labels: Sequence[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(label, len(numbers)) for label in labels]
