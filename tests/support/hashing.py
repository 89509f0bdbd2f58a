"""An encoder that costs nothing, for tests whose subject is not the meaning of texts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.encoder.models import MULTILINGUAL

DIMS = 384


class HashingEncoder:
    """Each word is a fixed random direction, a text their sum: texts of the same words are alike."""

    name = MULTILINGUAL
    """The join model of this encoder is used."""
    digest = "hashing"
    dims = DIMS

    def __init__(self) -> None:
        self._words: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dims), unit length."""
        vectors = np.zeros((len(texts), DIMS), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in set(text.lower().split()):
                row += self._word(word)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)

    def _word(self, word: str) -> NDArray[np.float32]:
        found = self._words.get(word)
        if found is None:
            random = np.random.default_rng(zlib.crc32(word.encode()))
            found = self._words[word] = random.standard_normal(DIMS).astype(np.float32)
        return found
