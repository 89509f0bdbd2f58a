"""Vectors in one byte a value, with one scale for the vector.

A vector is rounded before it is first used (`rounded`): from then on its bytes say exactly what it is, so that a
story that was written and read again decides as the one in memory.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LARGEST = np.float32(127.0)
_HALF, _KEPT = np.uint32(0x80), np.uint32(0xFFFFFF00)
"""A scale keeps 16 significant bits: its product with any value of 7 bits is exact in float32, and so is the scale
that is computed from the largest product."""


def rounded(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector as its bytes say it."""
    peak = np.abs(vector).max(initial=0.0).astype(np.float32)
    scale = ((peak / _LARGEST).reshape(1).view(np.uint32) + _HALF & _KEPT).view(np.float32)
    return unpack_vector(_steps(vector, scale[0]), float(scale[0]))


def pack_vector(vector: NDArray[np.float32]) -> tuple[NDArray[np.int8], float]:
    """Values and scale of a rounded vector."""
    scale = np.abs(vector).max(initial=0.0).astype(np.float32) / _LARGEST
    return _steps(vector, scale), float(scale)


def packed_direction(vector: NDArray[np.float32]) -> bytes:
    """int8[dims]: where the vector points, for whoever compares by cosine and needs no scale."""
    return pack_vector(vector)[0].tobytes()


def unpack_vector(values: NDArray[np.int8], scale: float) -> NDArray[np.float32]:
    """The inverse of `pack_vector`."""
    vector: NDArray[np.float32] = values.astype(np.float32) * np.float32(scale)
    return vector


def _steps(vector: NDArray[np.float32], scale: np.float32) -> NDArray[np.int8]:
    if scale == 0.0:
        return np.zeros(vector.shape, dtype=np.int8)
    steps: NDArray[np.int8] = np.clip(np.rint(vector / scale), -_LARGEST, _LARGEST).astype(np.int8)
    return steps
