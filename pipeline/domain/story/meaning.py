"""Whether a sentence says again, in whatever words, what others say: by the encoder's vectors.

Only sentences that are about to be told are encoded, one at a time, and kept: a revision costs a few vectors, the
next one of the story fewer still. A text has one vector in whatever company it comes, so no record depends on what
is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.encoder.calibration import CALIBRATION
from pipeline.domain.encoder.protocol import Encoder

SaysAgain = Callable[[str, Sequence[str]], bool]
"""Whether a sentence says what one of the others, in the same language, says already."""

PARAPHRASE_FROM = 0.68
"""Cosine from which two sentences of a story say the same; docs/quality.md says where it comes from."""

CACHED_SENTENCES = 16_384
"""1.5 KB each."""


def by_words(_text: str, _others: Sequence[str]) -> bool:
    """Without an encoder: never. Words have told apart what they can."""
    return False


class SentenceMeaning:
    """Compares sentences by an encoder."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        # What all sentences share is no meaning: without it, two that say the same stand out from the rest.
        self._common = encoder.encode(_of_every_language()).mean(axis=0)
        self._vector = lru_cache(CACHED_SENTENCES)(self._encode)

    def says_again(self, text: str, others: Sequence[str]) -> bool:
        """See SaysAgain."""
        return any(self.likeness(text, each) >= PARAPHRASE_FROM for each in others)

    def likeness(self, one: str, other: str) -> float:
        """From -1 to 1."""
        return float(self._vector(one) @ self._vector(other))

    @property
    def kept(self) -> int:
        """Sentences whose vectors are kept."""
        return self._vector.cache_info().currsize

    def forget(self) -> None:
        """Empty the cache; for measuring."""
        self._vector.cache_clear()

    def _encode(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._encoder.encode([text])[0] - self._common
        return vector / max(float(np.linalg.norm(vector)), 1e-9)


def _of_every_language() -> list[str]:
    """One made-up sentence of news in each of 31 languages."""
    languages: dict[str, list[str]] = json.loads(CALIBRATION.read_text("utf-8"))
    return [sentences[0] for sentences in languages.values()]
