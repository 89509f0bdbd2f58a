"""The next level of topics: of a topic that is told, which of its parts.

Learned from descriptions written for the purpose and from events labelled by hand, each within its topic. An event
may be more than one part with equal right (a trial for murder is crime and judiciary): the first is
learned, all are right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.topics.fitting import calibration, confidences_of, regressions, threshold_of
from benchmarks.topics.sets import FOLDER, Labelled
from groundswell.media_topics import NARROWER_TOPICS
from pipeline.domain.clustering.topics import MAX_TOPICS, TopicHead

DESCRIPTIONS = "narrower_examples.tsv"
DESCRIPTION_WEIGHT = 8.0
"""Events are few, and one-sided: sets about crime have one part of it more than the others."""
PRECISION = 0.85
"""Wanted of the parts that are told, on the folds."""
NONE = "-"
"""An event that is none of the parts."""

Pairs = Mapping[str, Sequence[tuple[Labelled, TopicHead]]]
Labels = Mapping[tuple[str, str], tuple[tuple[str, ...], ...]]
"""By set and event: parts, each with those that are as right."""


@dataclass(frozen=True)
class Guesses:
    """The best part of each topic that is told of the events of a set; arrays have a row for each."""

    broader: list[str]
    logits: NDArray[np.float64]
    right: NDArray[np.bool_]
    """The topic and its part."""

    def __len__(self) -> int:
        return len(self.broader)


def read_labels() -> Labels:
    """All of them."""
    lines = [each.split("\t") for each in (FOLDER / "narrower_labels.tsv").read_text().splitlines()]
    return {
        (name, event): tuple(tuple(part.split("|")) for part in parts.split(",") if part != NONE)
        for name, event, parts in lines
    }


def fit_narrower(
    descriptions: Sequence[Labelled], pairs: Pairs, learned: Collection[str], labels: Labels
) -> tuple[dict[str, TopicHead], dict[str, Guesses]]:
    """The heads by topic, calibrated and cut on folds that leave one of the learned sets out each; and what is
    guessed of each set by heads that saw nothing of it, with calibrated logits."""
    names = sorted({*learned} & {*pairs})
    raw = _heads(descriptions, pairs, names, labels)
    guesses = {
        name: _guesses(events, _heads(descriptions, pairs, {*names} - {name}, labels), labels)
        for name, events in pairs.items()
    }
    folds = [guesses[name] for name in names]
    logits = np.concatenate([each.logits for each in folds])
    right = np.concatenate([each.right for each in folds])
    weights = np.ones(len(logits))
    slope, offset = calibration(logits, right, weights)
    threshold = threshold_of(confidences_of(slope * logits + offset), right, weights, PRECISION)
    heads = {
        code: replace(
            head,
            weights=(slope * head.weights).astype(np.float32),
            offsets=(slope * head.offsets + offset).astype(np.float32),
            threshold=threshold,
        )
        for code, head in raw.items()
    }
    return heads, {name: replace(each, logits=slope * each.logits + offset) for name, each in guesses.items()}


def _heads(
    descriptions: Sequence[Labelled], pairs: Pairs, names: Collection[str], labels: Labels
) -> dict[str, TopicHead]:
    examples = [(each.topics[0], replace(each, weight=DESCRIPTION_WEIGHT)) for each in descriptions]
    for name in sorted(names):
        for event, _ in pairs[name]:
            examples += [(part[0], event) for part in labels.get((name, event.event), ())]
    heads = {}
    for broader in sorted({each for each, _ in NARROWER_TOPICS.values()}):
        codes = tuple(code for code, (of, _) in NARROWER_TOPICS.items() if of == broader)
        of_it = [(code, event) for code, event in examples if code in codes]
        truth = np.array([[code == each for each in codes] for code, _ in of_it])
        heads[broader] = regressions([event for _, event in of_it], codes, truth)
    return heads


def _guesses(
    events: Sequence[tuple[Labelled, TopicHead]], heads: Mapping[str, TopicHead], labels: Labels
) -> Guesses:
    broader, logits, right = [], [], []
    for event, head in events:
        parts = labels.get((event.set_name, event.event), ())
        for guess in head.sure(event.vector, MAX_TOPICS):
            if (narrow := heads.get(guess.code)) is None:
                continue
            found = event.vector @ narrow.weights.T + narrow.offsets
            best = int(found.argmax())
            broader.append(guess.code)
            logits.append(float(found[best]))
            right.append(guess.code[:2] in event.right and any(narrow.codes[best] in part for part in parts))
    return Guesses(broader, np.array(logits), np.array(right, dtype=np.bool_))
