"""Evaluation: the production clustering over labelled articles, in the order of their arrival."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pipeline.domain.clustering import Clustering, ClusteringSettings, JoinModel, load_model
from pipeline.domain.clustering.types import Changes, EncodedArticle
from pipeline.domain.encoder import Encoder
from pipeline.quality.evaluation.churn import Churn, StoryIds
from pipeline.quality.evaluation.labelled import LabelledArticle, arrival_order, encoded, without_boilerplate
from pipeline.quality.evaluation.scores import Percentiles, Scores, percentiles, score

BATCH_SIZE = 64
SWEEP_EVERY = 256
"""Articles between two sweeps. Both as the clusterer's defaults."""


ENCODE_ARTICLES = 512
"""Articles encoded at once: the encoder is quicker with many texts to sort by length."""

T = TypeVar("T")


@dataclass(frozen=True)
class Report:
    """One evaluated set."""

    scores: Scores
    churn: Churn
    ms_per_article: Percentiles
    """The decision alone, without encoding."""
    gray: int
    """Decisions near the boundary."""
    assignments: dict[str, str] = field(default_factory=dict, repr=False)
    """Article id as in the file -> final story id."""


Progress = Callable[[int], None]
"""Called with the number of articles decided so far."""


def evaluate(
    articles: Iterable[LabelledArticle],
    encoder: Encoder,
    settings: ClusteringSettings | None = None,
    *,
    model: JoinModel | None = None,
    batch_size: int = BATCH_SIZE,
    sweep_every: int = SWEEP_EVERY,
    progress: Progress | None = None,
) -> Report:
    """Cluster the articles in order of arrival with production code and score the final stories.

    An article that comes again, under another id of the file, is decided once, as in production.
    """
    run = ClusteringRun(Clustering(model or load_model(encoder.name), settings), sweep_every)
    ordered = arrival_order(articles)
    once = list({each.article_id: each for each in reversed(ordered)}.values())[::-1]
    decided = without_boilerplate(once)
    for chunk in _batches(decided, ENCODE_ARTICLES):
        for batch in _batches(encoded(chunk, encoder), batch_size):
            run.take(batch)
            if progress is not None:
                progress(run.decided)
    run.sweep()
    return _report(ordered, run)


class ClusteringRun:
    """One pass over a set."""

    def __init__(self, clustering: Clustering, sweep_every: int) -> None:
        self._clustering = clustering
        self._sweep_every = sweep_every
        self._since_sweep = 0
        self.ids = StoryIds()
        self.times_ms: list[float] = []
        self.decided = 0
        self.gray = 0

    def take(self, batch: Sequence[EncodedArticle]) -> None:
        """Decide a batch, and sweep where it is time to."""
        started = time.perf_counter()
        changes = self._clustering.assign(batch)
        self.times_ms += [1_000.0 * (time.perf_counter() - started) / len(batch)] * len(batch)
        self._keep(changes, {each.article_id: each.published_at for each in batch})
        self.decided += len(batch)
        self.gray += sum(each.gray for each in changes.assignments)
        self._since_sweep += len(batch)
        if self._since_sweep >= self._sweep_every:
            self.sweep()

    def sweep(self) -> None:
        """As production does in between, and here at the end."""
        self._keep(self._clustering.sweep(), {})
        self._since_sweep = 0

    def _keep(self, changes: Changes, published_at: dict[str, float | None]) -> None:
        self._clustering.commit()
        self.ids.follow(changes, published_at)


def _batches(articles: Sequence[T], size: int) -> Iterable[list[T]]:
    return ([*articles[at : at + size]] for at in range(0, len(articles), size))


def _report(articles: Sequence[LabelledArticle], run: ClusteringRun) -> Report:
    labelled = [each for each in articles if each.event is not None]
    return Report(
        scores=score([each.event for each in labelled], [run.ids.of(each.article_id) for each in labelled]),
        churn=run.ids.churn,
        ms_per_article=percentiles(run.times_ms),
        gray=run.gray,
        assignments={each.id: run.ids.of(each.article_id) for each in articles},
    )


def macro_mean(reports: Sequence[Report]) -> dict[str, float]:
    """Plain means over sets of the figures that can be averaged."""

    def mean(values: Iterable[float]) -> float:
        listed = list(values)
        return sum(listed) / max(1, len(listed))

    return {
        "precision": mean(each.scores.b3.precision for each in reports),
        "recall": mean(each.scores.b3.recall for each in reports),
        "f1": mean(each.scores.b3.f1 for each in reports),
        "ami": mean(each.scores.ami for each in reports),
        "ari": mean(each.scores.ari for each in reports),
        "stories_per_event": mean(each.scores.stories_per_event for each in reports),
        "id_churn_per_1000": mean(each.churn.either for each in reports),
        "late_merges_per_1000": mean(each.churn.late_merges for each in reports),
        "late_splits_per_1000": mean(each.churn.late_splits for each in reports),
    }
