"""Trains in rounds: the production clustering runs, what it saw becomes examples, the examples make a model.

The first round runs with a scorer set by hand; the examples of all rounds are fitted together. Cross-fitted: from
the second round on each set is run once for every fold of events, by a model fitted on the other folds, and
only this fold's articles become examples. So no state that an example comes from was made by a model that saw its
event.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.train.artifact import Thresholds, join_model
from benchmarks.train.corpora import LOOKALIKE, Corpus, language_means
from benchmarks.train.fitting import Table, fit, fold_of, tabulate
from benchmarks.train.seed import seed_scorer
from benchmarks.train.simulation import Example, SimulatedRun, simulate
from pipeline.domain.clustering import ClusteringSettings, JoinModel
from pipeline.domain.clustering.scorers import Scorer, read_scorer
from pipeline.domain.clustering.story_features import STORY_FEATURES

FOLDS = 2
ROUNDS = 3


@dataclass(frozen=True)
class Run:
    """One pass over a corpus."""

    corpus: Corpus
    model: JoinModel
    examples_of: frozenset[str] | None = None
    """Events whose articles become examples; None: the run is only scored."""


@dataclass(frozen=True)
class Trainer:
    """What stays the same over all rounds."""

    encoder: str
    corpora: Sequence[Corpus]
    term_shares: NDArray[np.float32]
    thresholds: Thresholds
    untrained: frozenset[str] = frozenset()
    """Sets that are scored but give neither examples nor means."""
    folds: int = FOLDS
    """1: not cross-fitted."""
    jobs: int = 2

    @property
    def trained(self) -> list[Corpus]:
        """The corpora that examples and means come from."""
        return [each for each in self.corpora if each.set_name not in self.untrained]

    @property
    def sets(self) -> list[Corpus]:
        """The corpora that are scored: all without variants."""
        return [each for each in self.corpora if each.set_name in (each.name, LOOKALIKE)]

    def rounds(self, count: int = ROUNDS) -> Table:
        """Examples of `count` rounds, each run with the scorers fitted on the rounds before."""
        if count < 1:
            raise ValueError(f"{count} rounds, expected at least one")
        examples: dict[str, list[Example]] = defaultdict(list)
        scorers: list[Scorer] = [seed_scorer()]
        for number in range(count):
            runs = [run for fold, scorer in enumerate(scorers) for run in self._fold(fold, len(scorers), scorer)]
            outcomes = self.simulate(runs)
            for run, outcome in zip(runs, outcomes, strict=True):
                examples[run.corpus.name] += outcome.examples
            f1 = np.mean([each.scores.b3.f1 for each in outcomes])
            tell(f"round {number + 1}: mean F1 {f1:.4f} of {len(runs)} runs")
            parts = ((each.set_name, each.weight, examples[each.name]) for each in self.trained)
            table = tabulate(parts, self.folds)
            if number + 1 < count:
                scorers = self._scorers(table)
        return table

    def model(self, part: Mapping[str, Any], without: str | None = None) -> JoinModel:
        """The fitted part with the language means of all trained sets but one."""
        return self._model(scorer_of(part), without)

    def simulate(self, runs: Sequence[Run]) -> list[SimulatedRun]:
        """Run all, the longest first so that no process is left with it at the end."""
        order = sorted(range(len(runs)), key=lambda at: -len(runs[at].corpus.articles))
        if self.jobs == 1:
            found = [_outcome(runs[at]) for at in order]
        else:
            with ProcessPoolExecutor(self.jobs, get_context("spawn")) as pool:
                found = list(pool.map(_outcome, [runs[at] for at in order]))
        return [outcome for _, outcome in sorted(zip(order, found, strict=True), key=lambda each: each[0])]

    def _fold(self, fold: int, folds: int, scorer: Scorer) -> list[Run]:
        """All corpora with the scorer of a fold; examples are of its events."""
        models = {each: self._model(scorer, without=each) for each in {one.set_name for one in self.trained}}
        return [
            Run(
                replace(each, translations=()),
                models[each.set_name],
                frozenset(event for event in each.events.values() if fold_of(each.set_name, event, folds) == fold),
            )
            for each in self.trained
        ]

    def _scorers(self, table: Table) -> list[Scorer]:
        """One for each fold, fitted on the others."""
        if self.folds == 1:
            return [scorer_of(fit(table))]
        return [scorer_of(fit(table.without_fold(fold))) for fold in range(self.folds)]

    def _model(self, scorer: Scorer, without: str | None) -> JoinModel:
        means = language_means(self.trained, without)
        return join_model(self.encoder, scorer, means, self.term_shares, self.thresholds)


def scorer_of(part: Mapping[str, Any]) -> Scorer:
    """The scorer that a fitted part of an artifact describes."""
    return read_scorer(part, STORY_FEATURES)


def tell(line: str) -> None:
    """Progress, beside what is printed as the result."""
    print(line, file=sys.stderr, flush=True)


def _outcome(run: Run) -> SimulatedRun:
    return simulate(run.corpus, run.model, ClusteringSettings(), run.examples_of)
