"""`python -m benchmarks.train DIR`: trains on the labelled files of DIR, validates, writes the artifact.

Several rounds: the production clustering runs over every corpus with the model so far, the examples of all rounds
are fitted together. Then one model per set is fitted without this set's examples and scored on it. The states
behind those examples came from the model of all sets; the examples of the set itself are left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.train.artifact import Thresholds, join_model, write_artifact
from benchmarks.train.corpora import Corpus, language_means, read_set
from benchmarks.train.fitting import Table, fit, tabulate
from benchmarks.train.simulation import Example, Outcome, simulate
from pipeline.clustering import ClusteringSettings, JoinModel, load_model
from pipeline.clustering.model import ARTIFACT
from pipeline.encoder import load_encoder
from pipeline.encoder.models import MULTILINGUAL

NEVER_MERGE = 1e9


@dataclass(frozen=True)
class Trainer:
    """What stays the same over all rounds."""

    corpora: Sequence[Corpus]
    seed: JoinModel
    """The model of the first round: whatever the artifact holds now."""
    thresholds: Thresholds
    settings: ClusteringSettings

    def rounds(self, count: int) -> Table:
        """Examples of `count` rounds, each run with the model fitted on the rounds before."""
        examples: dict[str, list[Example]] = {each.name: [] for each in self.corpora}
        scorer = self.seed.join
        table = None
        for number in range(count):
            outcomes = {}
            for corpus in self.corpora:
                model = JoinModel(**{**self._without(corpus).__dict__, "join": scorer})
                outcomes[corpus.name] = simulate(corpus, model, self.settings)
                examples[corpus.name] += outcomes[corpus.name].examples
            _print_row(f"round {number + 1}", outcomes)
            table = tabulate((each.set_name, each.weight, examples[each.name]) for each in self.corpora)
            scorer = self._model(fit(table), None).join
        if table is None:
            raise ValueError(f"{count} rounds, expected at least one")
        return table

    def validate(self, table: Table) -> dict[str, Outcome]:
        """Each set scored by a model that was fitted without it."""
        plain = [each for each in self.corpora if each.name == each.set_name]
        return {
            each.name: simulate(each, self._model(fit(table.without(each.name)), each.name), self.settings)
            for each in plain
        }

    def score(self, part: Mapping[str, Any]) -> dict[str, Outcome]:
        """Each set scored by the final model."""
        plain = [each for each in self.corpora if each.name == each.set_name]
        return {each.name: simulate(each, self._model(part, None), self.settings) for each in plain}

    def _without(self, corpus: Corpus) -> JoinModel:
        means = language_means(self.corpora, corpus.set_name)
        return JoinModel(**{**self.seed.__dict__, "means": means, "merge_logit": self.thresholds.merge_logit})

    def _model(self, part: Mapping[str, Any], without: str | None) -> JoinModel:
        means = language_means(self.corpora, without)
        return join_model(self.seed.encoder, part, means, self.seed.term_shares, self.thresholds)


def _print_row(label: str, outcomes: Mapping[str, Outcome]) -> None:
    for name, each in outcomes.items():
        b3, ratio = each.scores.b3, each.scores.stories / each.scores.events
        print(f"{label:16} {name:20} P {b3.precision:.3f} R {b3.recall:.3f} F1 {b3.f1:.3f} "
              f"stories/events {ratio:.2f} churn {each.churn_per_1000:.0f}", flush=True)
    print(f"{label:16} macro F1 {np.mean([each.scores.b3.f1 for each in outcomes.values()]):.4f}", flush=True)


def _figures(outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    return {
        name: {key: round(value, 3) for key, value in each.scores.b3.__dict__.items()}
        for name, each in outcomes.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=__doc__)
    parser.add_argument("folder", type=Path, help="labelled article files, *.jsonl or *.jsonl.gz")
    parser.add_argument("--sets", nargs="+", required=True, help="names of the files, without endings")
    parser.add_argument("--encoder", default=MULTILINGUAL)
    parser.add_argument("--cache", type=Path, required=True, help="folder for embeddings, not in the repository")
    parser.add_argument("--out", type=Path, default=ARTIFACT)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    encoder = load_encoder(options.encoder)
    files = [next(options.folder.glob(f"{each}.jsonl*")) for each in options.sets]
    corpora = [corpus for path in files for corpus in read_set(path, encoder, options.cache)]
    thresholds = Thresholds()
    trainer = Trainer(corpora, load_model(options.encoder), thresholds, ClusteringSettings())
    table = trainer.rounds(options.rounds)
    part = fit(table)
    final, left_out = trainer.score(part), trainer.validate(table)
    _print_row("all sets", final)
    _print_row("left out", left_out)
    scores = {"all_sets": _figures(final), "left_out": _figures(left_out)}
    write_artifact(
        options.out, options.encoder, part, language_means(corpora), thresholds, options.sets, scores
    )


if __name__ == "__main__":
    main()
