"""Peers whose libraries few installations have: `pip install --group bench` brings all of them."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable

from pipeline.quality.bench.peers.methods import Peer

OPTIONAL = {
    "pipeline.quality.bench.peers.river_peers": ("river",),
    "pipeline.quality.bench.peers.bertopic_peer": ("bertopic", "river"),
}
"""Modules with peers, and the libraries that they import."""


def optional_peers(tell: Callable[[str], None]) -> list[Peer]:
    """Those whose libraries are installed. Tells in one sentence which are left out, and why."""
    peers: list[Peer] = []
    for module, libraries in OPTIONAL.items():
        missing = [each for each in libraries if importlib.util.find_spec(each) is None]
        if missing:
            tell(
                f"the peers of {module.rpartition('.')[2]} are left out, not installed: {', '.join(missing)} "
                "(`pip install --group bench` brings them)"
            )
        else:
            peers.extend(importlib.import_module(module).PEERS)
    return peers
