"""`python -m tests.support.free_clusterer`: the clusterer as a process of its own, with an encoder that is free.

It starts in a fraction of the time, since neither the encoder nor PyTorch is loaded.
"""

from __future__ import annotations

import sys
from types import ModuleType

from pipeline.runtime.shutdown import stop_on_signals
from pipeline.settings import load_settings
from tests.support.hashing import HashingEncoder


def main() -> None:
    loading = ModuleType("pipeline.domain.encoder.loading")
    loading.load_encoder = lambda *_, **__: HashingEncoder()  # type: ignore[attr-defined]
    locating = ModuleType("pipeline.domain.encoder.locating")
    locating.EncoderNotFoundError = LookupError  # type: ignore[attr-defined]
    sys.modules |= {each.__name__: each for each in (loading, locating)}
    from consumers.clusterer.service import run_clusterer

    run_clusterer(load_settings(), stop_on_signals())


if __name__ == "__main__":
    main()
