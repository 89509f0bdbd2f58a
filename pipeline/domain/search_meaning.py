"""Finds stories by what a query means: by the vectors that records tell, whatever their words and languages.

Exact: the query is compared with every story. Where to stop was measured, see docs/board.md: a story counts where
it is near enough in itself, and nearly as near as the nearest one. So what answers a query well does not bring
along what is only about the same subject. A query that no story answers may still find one or two that are near.
"""

from __future__ import annotations

import threading
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.model import load_model
from pipeline.domain.clustering.story import unit_vector
from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.encoder_names import full_weights_name

LEAST = 0.22
SHARE_OF_NEAREST = 0.8
DIGITS = 4
"""Of a likeness: beyond them the same vectors may differ with their places in the matrix."""
CACHED_QUERIES = 1_024
"""1.5 KB each."""
FIRST_ROWS = 256


@dataclass(frozen=True)
class Near:
    """What is near in meaning to a query."""

    cut: float = 1.0
    """Likeness from which on a story counts."""
    likeness: Mapping[int, float] = field(default_factory=dict)
    """Cosine by number, of those that count."""


class QueryVectors:
    """Vectors of queries, comparable with those of stories."""

    def __init__(self, encoder: Encoder) -> None:
        """Raises ArtifactError where the clustering has no model for the encoder, so no vectors of stories."""
        self.name = encoder.name
        self.dims = encoder.dims
        self._encoder = encoder
        # Stories have what is common to their language taken off. The language of two words is a guess, so of
        # queries it is what is common to all languages.
        self._common = load_model(encoder.name).means["*"]
        self.of = lru_cache(CACHED_QUERIES)(self._of)

    def _of(self, query: str) -> NDArray[np.float32]:
        """Shape (dims,), unit length."""
        return unit_vector(self._encoder.encode([query])[0] - self._common)


class MeaningIndex:
    """Vectors of stories under the numbers of their documents. Safe between threads."""

    def __init__(self, queries: QueryVectors) -> None:
        self._queries = queries
        self._lock = threading.Lock()
        self._rows: dict[int, int] = {}
        """Row by number; the rows in use are the first ones, without gaps."""
        self._numbers: list[int] = []
        self._matrix = np.zeros((FIRST_ROWS, queries.dims), dtype=np.float32)

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, number: int, encoder: str, vector: str) -> bool:
        """A story whose record says this. False where its vector can't be compared with those of queries."""
        try:
            values = np.frombuffer(b64decode(vector, validate=True), np.int8).astype(np.float32)
        except ValueError:
            return False
        if (
            full_weights_name(encoder) != full_weights_name(self._queries.name)
            or values.size != self._queries.dims
        ):
            return False
        with self._lock:
            row = len(self._numbers)
            if row == len(self._matrix):
                self._matrix = np.concatenate([self._matrix, np.zeros_like(self._matrix)])
            self._matrix[row] = unit_vector(values)
            self._rows[number] = row
            self._numbers.append(number)
        return True

    def drop(self, number: int) -> None:
        """The story is gone, or has a newer document. The last row takes the place of its own."""
        with self._lock:
            row = self._rows.pop(number, None)
            if row is None:
                return
            last = self._numbers.pop()
            if last != number:
                self._matrix[row] = self._matrix[len(self._numbers)]
                self._numbers[row] = last
                self._rows[last] = row

    def near(self, query: str, cut: float | None = None) -> Near:
        """The stories that count; from `cut` on where it is given."""
        if not self._numbers:
            return Near()
        vector = self._queries.of(" ".join(query.split()))
        with self._lock:
            numbers = list(self._numbers)
            likeness = np.round(self._matrix[: len(numbers)] @ vector, DIGITS)
        if cut is None:
            cut = round(max(LEAST, SHARE_OF_NEAREST * float(likeness.max(initial=0.0))), DIGITS)
        return Near(
            cut, {numbers[row]: round(float(likeness[row]), DIGITS) for row in np.flatnonzero(likeness >= cut)}
        )
