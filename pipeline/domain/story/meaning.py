"""Whether a sentence says again, in whatever words, what others say: by the encoder's vectors.

Only sentences that are about to be told are encoded, and kept: a revision costs a few vectors, the next one of the
story fewer still. A text has one vector in whatever company it comes, so no record depends on what is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

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
        self._vectors: dict[str, NDArray[np.float32]] = {}
        """Those asked for last stand at the end."""

    def __call__(self, text: str, others: Sequence[str]) -> bool:
        """See SaysAgain."""
        return self.says_again(text, others)

    def says_again(self, text: str, others: Sequence[str]) -> bool:
        """The same."""
        return any(self.likeness(text, each) >= PARAPHRASE_FROM for each in others)

    def likeness(self, one: str, other: str) -> float:
        """From -1 to 1."""
        return float(self._vector(one) @ self._vector(other))

    def knows(self, texts: Iterable[str]) -> bool:
        """Whether the vectors of all these are kept."""
        return all(each in self._vectors for each in texts)

    def learn(self, texts: Iterable[str]) -> None:
        """Encode those of which no vector is kept, at once."""
        new = [each for each in dict.fromkeys(texts) if each not in self._vectors]
        if not new:
            return
        for text, vector in zip(new, self._encoder.encode(new) - self._common, strict=True):
            self._vectors[text] = vector / max(float(np.linalg.norm(vector)), 1e-9)
        for text in list(self._vectors)[: max(0, len(self._vectors) - CACHED_SENTENCES)]:
            del self._vectors[text]

    @property
    def kept(self) -> int:
        """Sentences whose vectors are kept."""
        return len(self._vectors)

    def forget(self) -> None:
        """Keep none; for measuring."""
        self._vectors.clear()

    def _vector(self, text: str) -> NDArray[np.float32]:
        self.learn([text])
        vector = self._vectors[text] = self._vectors.pop(text)
        return vector


def _of_every_language() -> list[str]:
    """One made-up sentence of news in each of 31 languages."""
    languages: dict[str, list[str]] = json.loads(CALIBRATION.read_text("utf-8"))
    return [sentences[0] for sentences in languages.values()]
