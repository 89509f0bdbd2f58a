"""`groundswell bench peers`: peers and the production clustering, on the same articles and the same vectors.

Every peer gets the single setting that is best over all sets together; the clustering has one configuration. Then
all run again in turns, for their speed: encoding is in nobody's time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import orjson

from pipeline.domain.clustering import Clustering, ClusteringSettings, JoinModel, load_model
from pipeline.domain.clustering.model import ARTIFACT
from pipeline.domain.clustering.types import EncodedArticle
from pipeline.domain.encoder import Encoder
from pipeline.domain.encoder_names import full_weights_name
from pipeline.quality.bench.bench_errors import BenchError
from pipeline.quality.bench.machine import PACKAGES, Machine, this_machine
from pipeline.quality.bench.peers.methods import PEERS, Peer
from pipeline.quality.bench.peers.optional import optional_peers
from pipeline.quality.bench.peers.stream import Stream, as_stream
from pipeline.quality.bench.statistics import Spent, median_ratio, rate
from pipeline.quality.evaluation import read_set
from pipeline.quality.evaluation.labelled import LabelledArticle, arrival_order, encoded, without_boilerplate
from pipeline.quality.evaluation.run import ClusteringRun
from pipeline.quality.evaluation.scores import b_cubed

OWN, LEFT_OUT = "Groundswell", "Groundswell, set left out of training"

FEWEST = 10
"""Labelled articles in a set: of fewer the words that some of them share, and others do not, may be none."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class PeersOptions:
    """On what, and against whom."""

    files: list[str]
    offline: bool = False
    """Also methods that see all articles at once, which no stream can."""
    rounds: int = 2
    batch: int = 64
    sweep_every: int = 256


@dataclass(frozen=True)
class PeersRow:
    """One method."""

    method: str
    """By name; the production clustering is `Groundswell`."""
    online: bool
    """Whether it takes articles as they come; the others see all at once."""
    setting: float | None
    """The one that is best over all sets: similarity, radius, or articles per cluster."""
    articles_per_s: float | None
    """With vectors given, median of the rounds; None where it was not run here."""
    cpu_ms_per_article: float | None
    """Of the processor, all threads, which other processes disturb less; mean of the rounds."""
    ours_over_theirs: float | None
    """How many times as many articles a second our clustering takes, in the same round."""
    cpu_ours_over_theirs: float | None
    """The same by processor time."""
    macro: float
    """B-cubed F1, mean over the sets."""
    f1: dict[str, float] = field(default_factory=dict)
    """B-cubed F1 of each set."""


@dataclass(frozen=True)
class PeersReport:
    """All methods."""

    machine: Machine
    options: PeersOptions
    encoder: str
    articles: int
    rows: list[PeersRow]


@dataclass(frozen=True)
class LabelledSet:
    """One file: what the peers get of it, and what the clustering does."""

    stream: Stream
    articles: list[EncodedArticle]


Labels = Sequence[str] | Sequence[int]
Run = Callable[[LabelledSet], Labels]


def bench_peers(
    options: PeersOptions,
    open_encoder: Callable[[], Encoder],
    settings: ClusteringSettings,
    threads: int,
    tell: Tell,
) -> PeersReport:
    """Peers of missing libraries are told, and left out. Raises BenchError where a file has too few labels."""
    labelled = {path: _labelled(path) for path in map(Path, options.files)}
    encoder = open_encoder()
    machine, model = (
        this_machine(threads, (*PACKAGES, "scikit-learn", "river", "bertopic")),
        load_model(encoder.name),
    )
    peers = [each for each in (*PEERS, *optional_peers(tell)) if each.online or options.offline]
    tell("encoding")
    sets = [_encoded(path, articles, encoder, model) for path, articles in labelled.items()]
    runs: dict[str, Run] = {OWN: lambda each: own_stories(each.articles, model, settings, options)}
    chosen: dict[str, tuple[Peer, float]] = {}
    for peer in peers:
        tell(peer.name)
        setting = best_setting(peer, [each.stream for each in sets])
        chosen[peer.name] = peer, setting
        runs[peer.name] = _run_of(peer, setting)
    tell("all in turns, for their speed")
    spent, f1 = _in_turns(runs, sets, options.rounds)
    count = sum(len(each.articles) for each in sets)
    rows = [_row(name, chosen.get(name), count, spent[name], spent[OWN], f1[name]) for name in runs]
    return PeersReport(machine, options, encoder.name, count, [*rows, *_left_out(encoder.name, list(f1[OWN]))])


def _row(
    name: str, chosen: tuple[Peer, float] | None, count: int, spent: Spent, ours: Spent, f1: dict[str, float]
) -> PeersRow:
    """`chosen`: the peer and its setting; None: our own method."""
    return PeersRow(
        method=name,
        online=chosen is None or chosen[0].online,
        setting=None if chosen is None else chosen[1],
        articles_per_s=rate(count, spent.clock),
        cpu_ms_per_article=round(1_000 * float(np.mean(spent.processor)) / count, 3),
        ours_over_theirs=median_ratio(spent.clock, ours.clock),
        cpu_ours_over_theirs=median_ratio(spent.processor, ours.processor),
        macro=_mean(f1),
        f1=f1,
    )


def own_stories(
    articles: Sequence[EncodedArticle], model: JoinModel, settings: ClusteringSettings, options: PeersOptions
) -> list[str]:
    """The final story of each article, by the production clustering in batches and with sweeps."""
    run = ClusteringRun(Clustering(model, settings), options.sweep_every)
    for at in range(0, len(articles), options.batch):
        run.take(articles[at : at + options.batch])
    run.sweep()
    return [run.ids.of(each.article_id) for each in articles]


def best_setting(peer: Peer, streams: Sequence[Stream]) -> float:
    """The one with the best mean F1."""
    return max(peer.settings, key=lambda setting: _mean({each.name: _f1(each, peer, setting) for each in streams}))


def _f1(stream: Stream, peer: Peer, setting: float) -> float:
    return b_cubed(stream.events, peer.run(stream, setting).tolist()).f1


def _labelled(path: Path) -> list[LabelledArticle]:
    """The labelled articles of a file, each once, in order of arrival."""
    labelled = [each for each in arrival_order(read_set(path, lambda *_: None)) if each.event is not None]
    once: list[LabelledArticle] = without_boilerplate({each.article_id: each for each in labelled}.values())
    if len(once) < FEWEST:
        raise BenchError(
            f"{path} has {len(once)} articles with an `event`; methods can be told apart by {FEWEST} or more"
        )
    return once


def _encoded(path: Path, labelled: Sequence[LabelledArticle], encoder: Encoder, model: JoinModel) -> LabelledSet:
    articles = encoded(labelled, encoder)
    return LabelledSet(as_stream(path.name.partition(".")[0], labelled, articles, model.means), articles)


def _run_of(peer: Peer, setting: float) -> Run:
    # A stream keeps what was computed from it, which would be in nobody's time: a new one for each run.
    return lambda each: peer.run(replace(each.stream), setting).tolist()


def _in_turns(
    runs: Mapping[str, Run], sets: Sequence[LabelledSet], rounds: int
) -> tuple[dict[str, Spent], dict[str, dict[str, float]]]:
    """Of each method what each round over all sets took, and its F1 by set."""
    spent = {name: Spent() for name in runs}
    f1: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for name, run in runs.items():
            with spent[name].round():
                found = [run(each) for each in sets]
            f1[name] = {
                each.stream.name: round(b_cubed(each.stream.events, labels).f1, 4)
                for each, labels in zip(sets, found, strict=True)
            }
    return spent, f1


def _left_out(encoder: str, sets: Sequence[str]) -> list[PeersRow]:
    """What the training wrote about models that had not seen the set which they were scored on."""
    scores = orjson.loads(ARTIFACT.read_bytes())["encoders"][full_weights_name(encoder)]["scores"]
    known = scores.get("left_out", {})
    if not set(sets) <= set(known):
        return []
    f1 = {each: known[each]["f1"] for each in sets}
    return [PeersRow(LEFT_OUT, True, None, None, None, None, None, _mean(f1), f1)]


def _mean(f1: Mapping[str, float]) -> float:
    return round(float(np.mean(list(f1.values()))), 4)
