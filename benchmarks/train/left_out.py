"""Scores of models on what they were not trained on: a set, or a language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.train.corpora import Corpus
from benchmarks.train.fitting import Table, fit
from benchmarks.train.simulation import SimulatedRun
from benchmarks.train.trainer import Run, Trainer, tell

ENOUGH = 10
"""Articles in a language from which on a set is scored for it."""


def score_sets(trainer: Trainer, part: Mapping[str, Any]) -> dict[str, SimulatedRun]:
    """Each set by one model, whether it was trained on it or not."""
    model = trainer.model(part)
    return _outcomes(trainer, [Run(each, model) for each in trainer.sets])


def score_left_out(trainer: Trainer, groups: Iterable[str], rounds: int) -> dict[str, SimulatedRun]:
    """Each set by a model trained from the start without it, and without language means from it."""
    outcomes: dict[str, SimulatedRun] = {}
    together: dict[frozenset[str], set[str]] = defaultdict(set)
    for group in groups:
        together[trainer.untrained | {group}].add(group)
    for untrained, scored in sorted(together.items(), key=lambda each: sorted(each[1])):
        tell(f"without {', '.join(sorted(untrained))}")
        rest = replace(trainer, untrained=untrained)
        model = rest.model(fit(rest.rounds(rounds)))
        outcomes |= _outcomes(rest, [Run(each, model) for each in rest.sets if each.set_name in scored])
    return {each.name: outcomes[each.name] for each in trainer.sets if each.name in outcomes}


def estimate_left_out(trainer: Trainer, table: Table) -> dict[str, SimulatedRun]:
    """The same from one training of all sets: each set by a model fitted without its examples.

    Much quicker, and rougher: the states behind the other sets' examples came from models that had examples of it.
    """
    groups = sorted({each.set_name for each in trainer.sets})
    models = {each: trainer.model(fit(table.without(each)), without=each) for each in groups}
    return _outcomes(trainer, [Run(each, models[each.set_name]) for each in trainer.sets])


def without_language(trainer: Trainer, language: str) -> Trainer:
    """The same training as if there were no article, no translation and no mean in a language."""
    rest = [each.without_language(language) for each in trainer.corpora]
    return replace(trainer, corpora=[each for each in rest if each.articles])


def score_language(
    trainer: Trainer, part: Mapping[str, Any], corpora: Sequence[Corpus], language: str
) -> dict[str, SimulatedRun]:
    """The corpora that have enough articles in the language, whole: its articles meet those in others."""
    model = trainer.model(part)
    chosen = [
        each
        for each in corpora
        if sum(one.language == language and one.article_id in each.events for one in each.articles) >= ENOUGH
    ]
    return _outcomes(trainer, [Run(each, model) for each in chosen])


def _outcomes(trainer: Trainer, runs: Sequence[Run]) -> dict[str, SimulatedRun]:
    unloaded = [replace(run, corpus=replace(run.corpus, translations=())) for run in runs]
    return dict(zip((run.corpus.name for run in runs), trainer.simulate(unloaded), strict=True))
