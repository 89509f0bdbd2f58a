"""Runs the production clustering over a corpus and writes down what it saw and what had been right.

The examples come from states that the model itself produced, mistakes included (DAgger, Ross et al. 2011). A
model trained on flawless stories trusts its stories too much and does not recover.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.train.corpora import Corpus
from pipeline.domain.clustering import Clustering, ClusteringSettings, JoinModel
from pipeline.domain.clustering.candidates import Candidates
from pipeline.domain.clustering.join import JoinScorer
from pipeline.domain.clustering.live_stories import LiveStories
from pipeline.domain.clustering.lookahead import Judged, Lookahead
from pipeline.domain.clustering.member import LiveMember
from pipeline.domain.clustering.repair import StoryPair
from pipeline.domain.clustering.story_features import STORY_FEATURES
from pipeline.domain.clustering.types import Assignment, Changes, EncodedArticle
from pipeline.quality.evaluation.churn import Churn, StoryIds
from pipeline.quality.evaluation.run import BATCH_SIZE, SWEEP_EVERY
from pipeline.quality.evaluation.scores import Scores, score

NEAREST, SIMILAR_WORDS, LIKELIEST = 4, 2, 2
"""Wrong candidates that are kept as examples; the others are easy and only add weight."""

_DENSE, _WORDS = (STORY_FEATURES.index(each) for each in ("dense_max", "lexical_max"))


@dataclass(frozen=True)
class Example:
    """One article's candidates."""

    event: str
    rows: NDArray[np.float32]
    """Shape (n, len(STORY_FEATURES))."""
    right: NDArray[np.float64]
    """Shape (n,): share of the story's articles that are of the article's event."""


@dataclass(frozen=True)
class SimulatedRun:
    """One run."""

    examples: list[Example]
    events: list[str]
    """Of the labelled articles; the two below are parallel."""
    stories: list[str]
    languages: list[str]
    churn: Churn

    @property
    def scores(self) -> Scores:
        """Over all labelled articles."""
        return score(self.events, self.stories)


class _Recorder(Candidates):
    """Scores candidates as production does and records them with the truth."""

    def __init__(
        self,
        replica: LiveStories,
        scorer: JoinScorer,
        settings: ClusteringSettings,
        events: dict[str, str],
        examples_of: frozenset[str],
    ) -> None:
        super().__init__(replica, scorer, settings)
        self.events = events
        self.examples_of = examples_of
        self.contents: dict[str, Counter[str | None]] = defaultdict(Counter)
        self.recording = False
        # Everything, to learn also what the rules keep from it.
        self._admitted = lambda _member, near, _shares, _idf: list(near)
        self.examples: list[Example] = []

    def _judged(self, member: LiveMember, idf: NDArray[np.float32], ahead: Lookahead) -> Judged:
        """See Candidates."""
        judged = super()._judged(member, idf, ahead)
        event = self.events.get(member.article_id)
        if judged.stories and self.recording and event is not None and event in self.examples_of:
            shares = np.array([self._share(each.story_id, event) for each in judged.stories])
            kept = _worth_keeping(judged.rows, judged.logits, shares)
            self.examples.append(Example(event, judged.rows[kept], shares[kept]))
        return judged

    def _share(self, story_id: str, event: str) -> float:
        content = self.contents[story_id]
        return content[event] / max(1, content.total())


def _worth_keeping(
    rows: NDArray[np.float32], logits: NDArray[np.float64], shares: NDArray[np.float64]
) -> NDArray[np.bool_]:
    kept = shares > 0
    for values, count in ((rows[:, _DENSE], NEAREST), (rows[:, _WORDS], SIMILAR_WORDS), (logits, LIKELIEST)):
        kept[np.argsort(-values)[:count]] = True
    return kept


class _RecordedClustering(Clustering):
    """Keeps the recorder's view of the stories current within a batch."""

    def __init__(
        self, model: JoinModel, settings: ClusteringSettings, events: dict[str, str], examples_of: frozenset[str]
    ) -> None:
        super().__init__(model, settings)
        self.recorder = _Recorder(self._replica, JoinScorer(model), settings, events, examples_of)
        self._candidates = self.recorder
        self._repair._candidates = self.recorder

    def _assign_one(
        self,
        article: EncodedArticle,
        member: LiveMember,
        ahead: Lookahead,
        idf: NDArray[np.float32],
        doubts: set[StoryPair],
    ) -> Assignment:
        self.recorder.recording = True
        assignment = super()._assign_one(article, member, ahead, idf, doubts)
        self.recorder.recording = False
        self.recorder.contents[assignment.story_id][self.recorder.events.get(article.article_id)] += 1
        return assignment

    def follow(self, changes: Changes) -> None:
        """Move the contents of stories that were absorbed or split."""
        for split in changes.splits:
            moving = Counter(self.recorder.events.get(each) for each in split.article_ids)
            self.recorder.contents[split.story_id] -= moving
            self.recorder.contents[split.new_story_id] += moving
        for each in changes.merges:
            self.recorder.contents[each.survivor].update(self.recorder.contents.pop(each.absorbed, Counter()))


def simulate(
    corpus: Corpus, model: JoinModel, settings: ClusteringSettings, examples_of: frozenset[str] | None = None
) -> SimulatedRun:
    """One pass in batches and with sweeps as in production.

    `examples_of`: events whose articles become examples; where None the production class runs unobserved.
    """
    recorded = None if examples_of is None else _RecordedClustering(model, settings, corpus.events, examples_of)
    clustering = recorded or Clustering(model, settings)
    ids = StoryIds()

    def keep(changes: Changes, batch: Sequence[EncodedArticle] = ()) -> None:
        clustering.commit()
        if recorded is not None:
            recorded.follow(changes)
        ids.follow(changes, {each.article_id: each.published_at for each in batch})

    for at in range(0, len(corpus.articles), BATCH_SIZE):
        batch = corpus.articles[at : at + BATCH_SIZE]
        keep(clustering.assign(batch), batch)
        if (at + BATCH_SIZE) % SWEEP_EVERY == 0:
            keep(clustering.sweep())
    keep(clustering.sweep())
    labelled = [each for each in corpus.articles if each.article_id in corpus.events]
    return SimulatedRun(
        examples=recorded.recorder.examples if recorded is not None else [],
        events=[corpus.events[each.article_id] for each in labelled],
        stories=[ids.of(each.article_id) for each in labelled],
        languages=[each.language for each in labelled],
        churn=ids.churn,
    )
