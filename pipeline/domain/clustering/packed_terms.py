"""Terms in three bytes each: the low 16 bits of the bucket, then weight and marks in one byte.

Buckets ascend, so that their two high bits are told by how many terms have each value of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.clustering.terms import WEIGHTS, Terms

LOW, HIGH_VALUES = 2**16, 4
"""TERM_BUCKETS is their product."""

_HIGH = np.arange(HIGH_VALUES, dtype=np.int32) * LOW
_MARKS_AT = 5
_WEIGHT_BITS = np.uint8(2**_MARKS_AT - 1)


def pack_terms(terms: Terms) -> tuple[list[int], bytes]:
    """How many terms have each value of the high bits, and the bytes."""
    counts = np.bincount(terms.ids // LOW, minlength=HIGH_VALUES)
    codes = np.searchsorted(WEIGHTS, terms.weights).astype(np.uint8)
    packed = codes | terms.marks << np.uint8(_MARKS_AT)
    return counts.tolist(), (terms.ids % LOW).astype("<u2").tobytes() + packed.tobytes()


def marks_of(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the bytes say beside the weights."""
    return codes >> np.uint8(_MARKS_AT)


def unpack_terms(counts: list[int], low: NDArray[np.uint16], codes: NDArray[np.uint8]) -> Terms:
    """The inverse of `pack_terms`."""
    return Terms(
        ids=low.astype(np.int32) + np.repeat(_HIGH, counts),
        weights=WEIGHTS[codes & _WEIGHT_BITS],
        marks=marks_of(codes),
    )
