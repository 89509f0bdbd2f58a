"""What the pipeline asks of an encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Encoder(Protocol):
    """Turns texts into unit vectors whose dot product says how near two texts are in meaning."""

    @property
    def name(self) -> str:
        """The model's name as the settings give it; written into records and artifacts."""
        ...

    @property
    def digest(self) -> str:
        """Of the weights: models that make other vectors have another one, whatever their names."""
        ...

    @property
    def dims(self) -> int:
        """Length of each vector."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dims), each of unit length, in the order of `texts`."""
        ...
