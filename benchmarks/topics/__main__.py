"""`python -m benchmarks.topics`: fits the head that tells topics, reports, and writes the artifact with `--write`.

Sets that the head learns from are each scored by one that saw nothing of them; the others were never learned from.
Without $GROUNDSWELL_DATA there is nothing but the samples.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from benchmarks.topics.fitting import fit
from benchmarks.topics.narrower import DESCRIPTIONS, fit_narrower, read_labels
from benchmarks.topics.report import by_topic, curve, figures, print_narrower, print_table
from benchmarks.topics.sets import TRANSLATED, Labelled, agreement, read_events, read_examples
from benchmarks.train.__main__ import CACHE, SAMPLES
from benchmarks.train.vectors import CachedEncoder
from pipeline.domain.clustering.model import load_model
from pipeline.domain.clustering.topics import ARTIFACT, ARTIFACT_VERSION, TopicHead
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.settings import EncoderBackend

LEARNED = ("giveme5w", TRANSLATED)
"""Beside our own examples and samples. Apache-2.0 and CC BY-SA 4.0."""
ONLY_TESTED = ("ecbplus", "groundnews25", "groundnews26")

NARROWER_LEARNED = ("samples", "giveme5w")
"""Of these the next level is labelled too."""

Pairs = list[tuple[Labelled, TopicHead]]


def main() -> None:
    options = _options()
    data = Path(os.environ.get("GROUNDSWELL_DATA", ""))
    encoder = CachedEncoder(MULTILINGUAL, options.cache, EncoderBackend.OPENVINO_INT8)
    model = load_model(encoder.name)
    examples = read_examples(encoder, model)
    files = [SAMPLES, *(data / f"{each}.jsonl.gz" for each in (*LEARNED, *ONLY_TESTED))]
    sets = {
        each[0].set_name: each for path in files if path.is_file() for each in (read_events(path, encoder, model),)
    }
    learned = [*examples, *(each for name in ("samples", *LEARNED) for each in sets.get(name, []))]
    head = fit(learned)
    pairs = _pairs(sets, learned, head)
    known = {name: of for name, of in pairs.items() if name != TRANSLATED}
    narrower, guesses = fit_narrower(
        read_examples(encoder, model, DESCRIPTIONS), known, NARROWER_LEARNED, read_labels()
    )
    _print(sets, pairs, _foreign(examples, sets))
    print(f"\nthreshold {head.threshold:.2f}")
    print_narrower(narrower, guesses)
    if options.write:
        whole = replace(head, narrower=narrower)
        _write(options.out, encoder, whole, sorted({each.set_name for each in learned}), pairs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.topics", description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE, help="file for vectors, not in the repository")
    parser.add_argument("--out", type=Path, default=ARTIFACT)
    parser.add_argument("--write", action="store_true", help="write the artifact")
    return parser.parse_args()


def _pairs(sets: dict[str, list[Labelled]], learned: list[Labelled], head: TopicHead) -> dict[str, Pairs]:
    """Each event with a head that saw nothing of its set."""
    pairs = {}
    for name, events in sets.items():
        seen = any(each.set_name == name for each in learned)
        by = fit([each for each in learned if each.set_name != name]) if seen else head
        pairs[name] = [(event, by) for event in events]
    return pairs


def _foreign(examples: list[Labelled], sets: dict[str, list[Labelled]]) -> Pairs:
    """The translated set, each language by a head that saw nothing in this language and nothing of the set."""
    pairs: Pairs = []
    rest = sets.get("samples", []) + sets.get("giveme5w", [])
    for language in sorted({each.language for each in sets.get(TRANSLATED, [])}):
        known = [each for each in (*examples, *rest) if each.language != language]
        head = fit(known)
        pairs += [(each, head) for each in sets[TRANSLATED] if each.language == language]
    return pairs


def _print(sets: dict[str, list[Labelled]], pairs: dict[str, Pairs], without_language: Pairs) -> None:
    print("samples read twice: same main topic, all the same, of", agreement(sets["samples"]))
    every = [each for of in pairs.values() for each in of]
    print_table(
        "by a head that saw nothing of the set",
        {name: figures(of) for name, of in pairs.items()} | {"all": figures(every)},
    )
    languages = sorted({event.language for event, _ in without_language})
    print_table(
        "translated set, by a head that saw nothing in the language",
        {each: figures([pair for pair in without_language if pair[0].language == each]) for each in languages},
    )
    print("\nat least as sure as, share of events, right")
    for cut, share, right in curve(every):
        print(f"  {cut:.1f}  {share:.2f}  {right:.3f}")
    print("\ntopic, events, F1 of the best, precision where told")
    for code, (weight, f1, precision) in by_topic(every).items():
        print(f"  {code}  {weight:.1f}  {f1:.2f}  {precision:.2f}")


def _write(
    path: Path, encoder: CachedEncoder, head: TopicHead, names: Sequence[str], pairs: dict[str, Pairs]
) -> None:
    document = {
        "version": ARTIFACT_VERSION,
        "encoder": MULTILINGUAL,
        "encoder_digest": encoder.digest,
        "learned_from": list(names),
        "scores": {
            name: {key: round(value, 3) for key, value in figures(of).items()} for name, of in pairs.items()
        },
        "threshold": head.threshold,
        "topics": _plain(head),
        "narrower": {
            "threshold": next(iter(head.narrower.values())).threshold,
            "topics": {code: _plain(each) for code, each in head.narrower.items()},
        },
    }
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))


def _plain(head: TopicHead) -> dict[str, Any]:
    return {
        code: {"offset": round(float(offset), 4), "weights": [round(float(each), 3) for each in weights]}
        for code, weights, offset in zip(head.codes, head.weights, head.offsets, strict=True)
    }


if __name__ == "__main__":
    main()
