"""How well topics are told: of the best topic of every event, and of those that are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from benchmarks.topics.fitting import CODES, confidences_of
from benchmarks.topics.narrower import Guesses
from benchmarks.topics.sets import Labelled
from pipeline.domain.clustering.topics import TopicHead

CUTS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)


def figures(pairs: Sequence[tuple[Labelled, TopicHead]]) -> dict[str, float]:
    """Of events, each with the head that is to tell its topics."""
    weights = np.array([event.weight for event, _ in pairs])
    every = np.stack([head.confidences(event.vector) for event, head in pairs])
    best = [CODES[at][:2] for at in every.argmax(axis=1)]
    right = np.array([code in event.right for code, (event, _) in zip(best, pairs, strict=True)])
    told = [[(guess.code[:2] in event.right) for guess in head.of(event.vector)] for event, head in pairs]
    said = np.array([bool(each) for each in told])
    main = [event.topics[0] for event, _ in pairs]
    listed = np.array([len(each) for each in told])
    return {
        "events": len(pairs),
        "right": float(np.average(right, weights=weights)),
        "macro_f1": f1_score(
            main, best, labels=sorted(set(main)), average="macro", sample_weight=weights, zero_division=0.0
        ),
        "told": float(np.average(said, weights=weights)),
        "precision": float(
            (weights * [sum(each) for each in told]).sum() / max(float((weights * listed).sum()), 1e-9)
        ),
        "topics_a_story": float(np.average(listed[said], weights=weights[said])) if said.any() else 0.0,
    }


def curve(pairs: Sequence[tuple[Labelled, TopicHead]]) -> list[tuple[float, float, float]]:
    """Threshold, share of events whose best topic reaches it, share of these where it is right."""
    weights = np.array([event.weight for event, _ in pairs])
    every = np.stack([head.confidences(event.vector) for event, head in pairs])
    best, sure = every.argmax(axis=1), every.max(axis=1)
    right = np.array([CODES[at][:2] in event.right for at, (event, _) in zip(best, pairs, strict=True)])
    rows = []
    for cut in CUTS:
        kept = sure >= cut
        share = float(weights[kept].sum() / weights.sum())
        rows.append((cut, share, float(np.average(right[kept], weights=weights[kept])) if kept.any() else 1.0))
    return rows


def by_topic(pairs: Sequence[tuple[Labelled, TopicHead]]) -> dict[str, tuple[float, float, float]]:
    """Weight of the events with this main topic; F1 of the best topic; precision where it is told."""
    weights = np.array([event.weight for event, _ in pairs])
    every = np.stack([head.confidences(event.vector) for event, head in pairs])
    best = [CODES[at][:2] for at in every.argmax(axis=1)]
    main = [event.topics[0] for event, _ in pairs]
    rows = {}
    for code in sorted(set(main)):
        f1 = f1_score(main, best, labels=[code], average="macro", sample_weight=weights, zero_division=0.0)
        told = [
            (event.weight, code in event.right)
            for event, head in pairs
            for each in head.of(event.vector)
            if each.code[:2] == code
        ]
        precision = sum(w * ok for w, ok in told) / sum(w for w, _ in told) if told else float("nan")
        rows[code] = (float(weights[[each == code for each in main]].sum()), f1, precision)
    return rows


def print_narrower(heads: Mapping[str, TopicHead], guesses: Mapping[str, Guesses]) -> None:
    """Of the topics that are told and have parts: how many with one, how many of these are right."""
    threshold = next(iter(heads.values())).threshold
    rows: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for name, of in guesses.items():
        for broader, sure, right in zip(of.broader, confidences_of(of.logits), of.right, strict=True):
            for key in (name, broader, "all"):
                rows[key].append((float(sure), bool(right)))
    print(
        f"\nnext level, told from {threshold:.2f} on: topics told, share with a part, right, right if always told"
    )
    for key, found in sorted(rows.items()):
        told = [right for sure, right in found if sure >= threshold]
        share, always = len(told) / len(found), float(np.mean([right for _, right in found]))
        print(
            f"  {key:20s} {len(found)}  {share:.2f}  {np.mean(told) if told else float('nan'):.3f}  {always:.2f}"
        )


def print_table(title: str, rows: dict[str, Any]) -> None:
    print(f"\n{title}")
    for name, row in rows.items():
        print(f"  {name:20s} " + "  ".join(f"{key} {value:.3g}" for key, value in row.items()))
