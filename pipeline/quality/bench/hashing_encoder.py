"""An encoder of a stated cost, for whatever is not about the meaning of texts."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.encoder.models import MULTILINGUAL

DIMS = 384


class HashingEncoder:
    """Each word is a fixed random direction, a text their sum: texts of the same words are alike.

    It takes `ms_per_article` of waiting for each text, as an encoder on a device of its own would, so that many
    clusterers can be measured on few cores.
    """

    name = MULTILINGUAL
    """The join model of this encoder is used."""
    digest = "hashing"
    dims = DIMS

    def __init__(self, ms_per_article: float = 0.0, sleep: Callable[[float], None] = time.sleep) -> None:
        self._ms_per_article = ms_per_article
        self._sleep = sleep
        self._words: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dims), unit length."""
        started = time.perf_counter()
        vectors = np.zeros((len(texts), DIMS), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in set(text.lower().split()):
                row += self._word(word)
        rest = self._ms_per_article * len(texts) / 1_000 - (time.perf_counter() - started)
        if rest > 0:
            self._sleep(rest)
        scaled: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return scaled

    def _word(self, word: str) -> NDArray[np.float32]:
        found = self._words.get(word)
        if found is None:
            random = np.random.default_rng(zlib.crc32(word.encode()))
            found = self._words[word] = random.standard_normal(DIMS).astype(np.float32)
        return found
