"""A clusterer of whatever tree is imported, whose encoder takes a stated time per article and no processor."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from consumers.clusterer import service
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.runtime.shutdown import stop_on_signals
from pipeline.settings import load_settings

COST_MS = "OVERLAP_COST_MS"
"""Names the cost in the environment."""
DIMS = 384


class CostlyEncoder:
    """Each word is a fixed random direction, a text their sum; the time is slept."""

    name = MULTILINGUAL
    digest = "costly"
    dims = DIMS

    def __init__(self, cost_s: float) -> None:
        self._cost_s = cost_s
        self._words: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dims), unit length."""
        until = time.monotonic() + self._cost_s * len(texts)
        vectors = np.zeros((len(texts), DIMS), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in set(text.lower().split()):
                row += self._word(word)
        time.sleep(max(0.0, until - time.monotonic()))
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def _word(self, word: str) -> NDArray[np.float32]:
        found = self._words.get(word)
        if found is None:
            random = np.random.default_rng(zlib.crc32(word.encode()))
            found = self._words[word] = random.standard_normal(DIMS).astype(np.float32)
        return found


def main() -> None:
    """Run until told to stop."""
    encoder = CostlyEncoder(float(os.environ[COST_MS]) / 1_000)
    service.open_encoder = lambda _settings: encoder
    service.run_clusterer(load_settings(), stop_on_signals())


if __name__ == "__main__":
    main()
