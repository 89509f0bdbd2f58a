"""`python -m benchmarks.train [FILE...]`: trains on labelled files, scores the model and writes the artifact.

With `--left-out` nothing is written: each set, or each of those named, is scored by a model trained from the
start without it and without language means from it (look-alikes are left out together). `--quick` leaves each
set's examples out of one training of all instead; so do the left-out figures that a training writes. With
`--left-out-language CODE` everything in a language is left out of training and means, and its articles are scored.
Without files all sets of $GROUNDSWELL_DATA are taken.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.train.artifact import Thresholds, write_artifact
from benchmarks.train.corpora import LOOKALIKE, Corpus, group_name, language_means, read_set
from benchmarks.train.fitting import fit
from benchmarks.train.left_out import (
    estimate_left_out,
    score_language,
    score_left_out,
    score_sets,
    without_language,
)
from benchmarks.train.report import document, print_document
from benchmarks.train.trainer import FOLDS, ROUNDS, Trainer
from benchmarks.train.vectors import CachedEncoder
from pipeline.domain.clustering.model import ARTIFACT, read_term_shares
from pipeline.domain.encoder.models import MULTILINGUAL

SETS = ("giveme5w", "ecbplus", "allsides", "og2021", "meantime", "basil", "newswcl50", "groundnews25",
        "groundnews26", "ntrex")  # fmt: skip
SAMPLES = Path(__file__).parents[2] / "configs" / "samples" / "articles.jsonl"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "groundswell" / "vectors.sqlite"


def default_files(data: Path) -> list[Path]:
    """The labelled sets in the folder of development data that are there, its look-alikes, and our samples."""
    sets = [data / f"{each}.jsonl.gz" for each in SETS]
    return [*(each for each in sets if each.is_file()), *sorted((data / LOOKALIKE).glob("*.jsonl.gz")), SAMPLES]


def main() -> None:
    parser, options = _options()
    files = options.files or default_files(Path(os.environ.get("GROUNDSWELL_DATA", "")))
    if len({group_name(each) for each in files}) < 2:
        parser.error("fewer than two sets: each is left out once; name files or set GROUNDSWELL_DATA")
    encoder = CachedEncoder(options.encoder, options.cache)
    trainer = Trainer(
        options.encoder,
        [corpus for path in files for corpus in read_set(path, encoder)],
        read_term_shares(),
        Thresholds(),
        frozenset(options.without),
        options.folds,
        options.jobs,
    )
    unknown = {*options.without, *(options.left_out or ())} - {each.set_name for each in trainer.corpora}
    if unknown:
        parser.error(f"no such set among the files: {', '.join(sorted(unknown))}")
    if options.left_out_language:
        told = [each for path in files for each in read_set(path, encoder, options.left_out_language)]
        _left_out_language(trainer, told, options)
    elif options.left_out is not None:
        _left_out(trainer, options)
    else:
        _train(trainer, options)


def _options() -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="labelled article files, *.jsonl or *.jsonl.gz")
    parser.add_argument("--encoder", default=MULTILINGUAL)
    parser.add_argument("--cache", type=Path, default=CACHE, help="file for vectors, not in the repository")
    parser.add_argument("--out", type=Path, default=ARTIFACT)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--folds", type=int, default=FOLDS, help="of events, for cross-fitting; 1: none")
    parser.add_argument("--jobs", type=int, default=2, help="corpora that run at once")
    parser.add_argument("--without", nargs="+", default=[], metavar="SET", help="sets that are only scored")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--left-out", nargs="*", metavar="SET", help="score each set left out; write nothing")
    mode.add_argument("--left-out-language", metavar="CODE", help="score a language left out; write nothing")
    parser.add_argument("--quick", action="store_true", help="with --left-out: from one training, roughly")
    parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")
    return parser, parser.parse_args()


def _train(trainer: Trainer, options: argparse.Namespace) -> None:
    table = trainer.rounds(options.rounds)
    part = fit(table)
    names = _look_alikes(trainer.corpora)
    found = {
        "all_sets": document(score_sets(trainer, part), names),
        "left_out": document(estimate_left_out(trainer, table), names),
    }
    _show(options, found)
    trained = [each.name for each in trainer.sets if each.set_name not in trainer.untrained]
    scores = {name: _b3(each) for name, each in found.items()}
    means = language_means(trainer.trained)
    write_artifact(options.out, options.encoder, part, means, trainer.thresholds, trained, scores)


def _left_out(trainer: Trainer, options: argparse.Namespace) -> None:
    groups = options.left_out or {each.set_name for each in trainer.sets}
    if options.quick:
        outcomes = estimate_left_out(trainer, trainer.rounds(options.rounds))
    else:
        outcomes = score_left_out(trainer, groups, options.rounds)
    names = {each.name for each in trainer.sets if each.set_name in groups}
    chosen = {name: each for name, each in outcomes.items() if name in names}
    _show(options, {"left_out": document(chosen, _look_alikes(trainer.corpora))})


def _left_out_language(trainer: Trainer, told: list[Corpus], options: argparse.Namespace) -> None:
    language = options.left_out_language
    rest = without_language(trainer, language)
    part = fit(rest.rounds(options.rounds))
    corpora = [each for each in told if each.set_name in (each.name, LOOKALIKE)]
    outcomes = score_language(rest, part, corpora, language)
    _show(options, {f"left_out_{language}": document(outcomes, _look_alikes(corpora), language)})


def _show(options: argparse.Namespace, found: dict[str, dict[str, Any]]) -> None:
    if options.as_json:
        print(json.dumps({"encoder": options.encoder, "without": sorted(options.without), **found}))
        return
    for name, each in found.items():
        print_document(name.replace("_", " "), each)


def _look_alikes(corpora: Sequence[Corpus]) -> frozenset[str]:
    return frozenset(each.name for each in corpora if each.set_name == LOOKALIKE)


def _b3(found: dict[str, Any]) -> dict[str, Any]:
    keys = ("precision", "recall", "f1")
    return {name: {key: round(row[key], 3) for key in keys} for name, row in found["sets"].items()}


if __name__ == "__main__":
    main()
