"""Vectors that can be worked with. One value that is no finite number, once in the mean of a language, would spoil
every later vector of that language, so what can't be used goes no further than here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.encoder.protocol import Encoder
from pipeline.mendable import MendableError

PLAIN = "A bridge was opened in the town on Monday."
"""Of this any encoder that works makes a usable vector."""


class EncoderFaultError(MendableError):
    """The encoder makes no usable vector of any text."""


def usable(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which rows point anywhere: all values finite, not all of them zero. Shape (n,)."""
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=-1)
    found: NDArray[np.bool_] = np.isfinite(lengths) & (lengths > 0)
    return found


def encoded(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """The vectors of these texts, shape (n, dims). Those that are not usable are not so alone either.

    Raises EncoderFaultError where the encoder can't even encode a plain text.
    """
    vectors = np.asarray(encoder.encode(texts))
    spoilt = np.flatnonzero(~usable(vectors)).tolist()
    if not spoilt:
        return vectors
    if not usable(np.asarray(encoder.encode([PLAIN]))).all():
        raise EncoderFaultError(
            f"encoder {encoder.name} gives vectors whose values are no finite numbers, or all zero, even of a "
            "plain sentence: its weights are damaged, or the device that it runs on is at fault. Fetch the "
            "weights anew, or set encoder.backend to another one. Nothing of this batch has been stored"
        )
    vectors = vectors.copy()
    for at in spoilt:  # what else was in its batch may have spoilt it
        vectors[at] = encoder.encode([texts[at]])[0]
    return vectors
