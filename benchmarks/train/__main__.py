"""`python -m benchmarks.train FILE...`: trains on labelled files, validates, writes the artifact.

Several rounds: the production clustering runs over every corpus with the scorer so far, at first one set by hand;
the examples of all rounds are fitted together. Then one model per set is fitted without this set's examples and
scored on it. The states behind those examples came from the model of all sets; the examples of the set itself are
left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.train.artifact import Thresholds, join_model, write_artifact
from benchmarks.train.corpora import LOOKALIKE, Corpus, language_means, read_set
from benchmarks.train.fitting import Table, fit, tabulate
from benchmarks.train.seed import seed_scorer
from benchmarks.train.simulation import Example, Outcome, simulate
from pipeline.clustering import ClusteringSettings, JoinModel
from pipeline.clustering.model import ARTIFACT, read_term_shares
from pipeline.clustering.scorers import Scorer, read_scorer
from pipeline.clustering.story_features import STORY_FEATURES
from pipeline.encoder import load_encoder
from pipeline.encoder.models import MULTILINGUAL


@dataclass(frozen=True)
class Trainer:
    """What stays the same over all rounds."""

    encoder: str
    corpora: Sequence[Corpus]
    term_shares: NDArray[np.float32]
    thresholds: Thresholds
    jobs: int

    @property
    def sets(self) -> list[Corpus]:
        """The corpora without their variants."""
        return [each for each in self.corpora if each.set_name in (each.name, LOOKALIKE)]

    def rounds(self, count: int) -> Table:
        """Examples of `count` rounds, each run with the scorer fitted on the rounds before."""
        examples: dict[str, list[Example]] = {each.name: [] for each in self.corpora}
        scorer: Scorer = seed_scorer()
        table = None
        for number in range(count):
            outcomes = self.simulate({
                corpus.name: self._model(scorer, without=corpus.set_name) for corpus in self.corpora
            })
            for name, outcome in outcomes.items():
                examples[name] += outcome.examples
            _print_row(f"round {number + 1}", outcomes)
            table = tabulate((each.set_name, each.weight, examples[each.name]) for each in self.corpora)
            scorer = _scorer(fit(table))
        if table is None:
            raise ValueError(f"{count} rounds, expected at least one")
        return table

    def validate(self, table: Table) -> dict[str, Outcome]:
        """Each set scored by a model that was fitted without it; look-alikes are left out together."""
        scorers = {each: _scorer(fit(table.without(each))) for each in sorted({one.set_name for one in self.sets})}
        return self.simulate({
            each.name: self._model(scorers[each.set_name], without=each.set_name) for each in self.sets
        })

    def score(self, part: Mapping[str, Any]) -> dict[str, Outcome]:
        """Each set scored by the final model."""
        return self.simulate({each.name: self._model(_scorer(part), without=None) for each in self.sets})

    def simulate(self, models: Mapping[str, JoinModel]) -> dict[str, Outcome]:
        """Run corpora, each with its model, the longest first so that no process is left with it at the end."""
        chosen = [each for each in self.corpora if each.name in models]
        chosen.sort(key=lambda each: -len(each.articles))
        with ProcessPoolExecutor(self.jobs, get_context("spawn")) as pool:
            outcomes = pool.map(
                partial(simulate, settings=ClusteringSettings()), chosen, [models[each.name] for each in chosen]
            )
            found = dict(zip((each.name for each in chosen), outcomes, strict=True))
        return {each.name: found[each.name] for each in self.corpora if each.name in found}

    def _model(self, scorer: Scorer, *, without: str | None) -> JoinModel:
        means = language_means(self.corpora, without)
        return join_model(self.encoder, scorer, means, self.term_shares, self.thresholds)


def _scorer(part: Mapping[str, Any]) -> Scorer:
    return read_scorer(part, STORY_FEATURES)


def _print_row(label: str, outcomes: Mapping[str, Outcome]) -> None:
    for name, each in outcomes.items():
        b3, churn = each.scores.b3, each.churn
        print(f"{label:16} {name:20} P {b3.precision:.3f} R {b3.recall:.3f} F1 {b3.f1:.3f} "
              f"stories/events {each.scores.stories_per_event:.2f} "
              f"late merges {churn.late_merges:.0f} splits {churn.late_splits:.0f}", flush=True)
    print(f"{label:16} macro F1 {np.mean([each.scores.b3.f1 for each in outcomes.values()]):.4f}", flush=True)


def _figures(outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    return {
        name: {key: round(value, 3) for key, value in each.scores.b3.__dict__.items()}
        for name, each in outcomes.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="labelled article files, *.jsonl or *.jsonl.gz")
    parser.add_argument("--encoder", default=MULTILINGUAL)
    parser.add_argument("--cache", type=Path, required=True, help="folder for embeddings, not in the repository")
    parser.add_argument("--out", type=Path, default=ARTIFACT)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=2, help="corpora that run at once")
    options = parser.parse_args()
    if len(options.files) < 2:
        parser.error("one file given, expected at least two: each set is left out once")

    encoder = load_encoder(options.encoder)
    corpora = [corpus for path in options.files for corpus in read_set(path, encoder, options.cache)]
    thresholds = Thresholds()
    trainer = Trainer(options.encoder, corpora, read_term_shares(), thresholds, options.jobs)
    table = trainer.rounds(options.rounds)
    part = fit(table)
    final, left_out = trainer.score(part), trainer.validate(table)
    _print_row("all sets", final)
    _print_row("left out", left_out)
    scores = {"all_sets": _figures(final), "left_out": _figures(left_out)}
    names = [each.name for each in trainer.sets]
    write_artifact(options.out, options.encoder, part, language_means(corpora), thresholds, names, scores)


if __name__ == "__main__":
    main()
