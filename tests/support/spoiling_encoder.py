"""An encoder at fault."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.quality.bench.hashing_encoder import HashingEncoder


class SpoilingEncoder(HashingEncoder):
    """No number for a text of these, or for whatever is encoded beside others."""

    def __init__(self, *spoilt: str, beside_others: bool = False) -> None:
        super().__init__()
        self._spoilt, self._beside_others = spoilt, beside_others
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls += 1
        vectors = super().encode(texts)
        for row, text in zip(vectors, texts, strict=True):
            if text in self._spoilt or (self._beside_others and len(texts) > 1):
                row[5] = np.nan
        return vectors
