"""Vectors in one byte a value and one scale."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.domain.clustering.packed_vectors import pack_vector, unpack_vector

LEAST = float(np.finfo(np.float32).smallest_subnormal)


def test_a_vector_whose_scale_is_one_is_its_own_bytes() -> None:
    values, scale = pack_vector(np.array([127.0, 3.0, -127.0], dtype=np.float32))
    assert (values.tolist(), scale) == ([127, 3, -127], 1.0)


def test_nothing_points_nowhere() -> None:
    values, scale = pack_vector(np.zeros(3, dtype=np.float32))
    assert unpack_vector(values, scale).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("steps", [185, 186])
def test_values_so_small_that_their_scale_is_rounded_keep_their_sign(steps: int) -> None:
    values, _ = pack_vector(np.array([steps * LEAST, -steps * LEAST], dtype=np.float32))
    assert values.tolist() == [127, -127]
