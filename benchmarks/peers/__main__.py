"""`python -m benchmarks.peers DIR --sets ... --cache ... [--out FILE]`: peers and the production clustering.

Every peer gets the single setting that is best over all sets together; the clustering has one configuration.
Peers whose library is not installed are named and left out: `pip install --group bench` brings all.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.methods import PEERS, Peer
from benchmarks.peers.stream import Stream, as_stream
from benchmarks.train.corpora import read_set
from benchmarks.train.simulation import simulate
from benchmarks.train.vectors import CachedEncoder
from pipeline.domain.clustering import ClusteringSettings, load_model
from pipeline.domain.clustering.model import ARTIFACT
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.quality.evaluation.scores import b_cubed

OPTIONAL = {
    "benchmarks.peers.river_peers": ("river",),
    "benchmarks.peers.bertopic_peer": ("bertopic", "river"),
}
"""Modules with peers, and the libraries that they import."""


def optional_peers() -> list[Peer]:
    """Those whose libraries are installed. Prints which modules are left out, and why."""
    peers: list[Peer] = []
    for module, libraries in OPTIONAL.items():
        missing = [each for each in libraries if importlib.util.find_spec(each) is None]
        if missing:
            print(f"{module}: left out, not installed: {', '.join(missing)}")
        else:
            peers.extend(importlib.import_module(module).PEERS)
    return peers


def best_setting(peer: Peer, streams: Sequence[Stream]) -> dict[str, Any]:
    """The peer's figures at its best setting."""
    rows = []
    for setting in peer.settings:
        started = time.perf_counter()
        f1 = {each.name: b_cubed(each.events, peer.run(each, setting).tolist()).f1 for each in streams}
        rows.append(
            {
                "method": peer.name,
                "online": peer.online,
                "setting": setting,
                "f1": f1,
                "macro": float(np.mean(list(f1.values()))),
                "seconds": time.perf_counter() - started,
            }
        )
    return max(rows, key=lambda row: row["macro"])


def _print(row: dict[str, Any]) -> None:
    sets = " ".join(f"{value:.3f}" for value in row["f1"].values())
    print(f"{row['method']:40} {row['setting']!s:6} {sets} | {row['macro']:.3f} {row['seconds']:.0f} s")


def _left_out(sets: Sequence[str]) -> dict[str, Any] | None:
    """What the training wrote about models that had not seen the set which they were scored on."""
    scores = json.loads(ARTIFACT.read_bytes())["encoders"][MULTILINGUAL]["scores"].get("left_out", {})
    if not set(sets) <= set(scores):
        return None
    f1 = {each: scores[each]["f1"] for each in sets}
    return {
        "method": "Groundswell, set left out of training",
        "online": True,
        "setting": "",
        "f1": f1,
        "macro": float(np.mean(list(f1.values()))),
        "seconds": 0.0,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="+", required=True)
    parser.add_argument("--cache", type=Path, required=True, help="file for embeddings, not in the repository")
    parser.add_argument("--out", type=Path, help="write the rows here as JSON")
    options = parser.parse_args()

    encoder, model = CachedEncoder(MULTILINGUAL, options.cache), load_model(MULTILINGUAL)
    files = [next(options.folder.glob(f"{each}.jsonl*")) for each in options.sets]
    corpora = [read_set(path, encoder)[0] for path in files]
    streams = [as_stream(each, model.means) for each in corpora]
    rows = []
    for peer in (*PEERS, *optional_peers()):
        rows.append(best_setting(peer, streams))
        _print(rows[-1])
    started = time.perf_counter()
    f1 = {each.name: simulate(each, model, ClusteringSettings()).scores.b3.f1 for each in corpora}
    rows.append(
        {
            "method": "Groundswell",
            "online": True,
            "setting": "",
            "f1": f1,
            "macro": float(np.mean(list(f1.values()))),
            "seconds": time.perf_counter() - started,
        }
    )
    _print(rows[-1])
    left_out = _left_out(options.sets)
    if left_out:
        rows.append(left_out)
        _print(left_out)
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
