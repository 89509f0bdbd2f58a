"""What an encoder answers is looked at before anything is made of it."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.domain.encoder.usable import PLAIN, EncoderFaultError, encoded, usable
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from tests.support.spoiling_encoder import SpoilingEncoder

GOOD = ["Ferry aground", "Senate votes", "Comet seen"]


def test_a_vector_is_usable_where_all_values_are_finite_and_not_all_of_them_zero() -> None:
    rows = np.full((6, 4), 0.5, dtype=np.float32)
    rows[1, 2], rows[2, 0], rows[3, 3], rows[4] = np.nan, np.inf, -np.inf, 0.0
    rows[5] = 1e30
    assert usable(rows).tolist() == [True, False, False, False, False, False]
    assert usable(np.zeros((0, 4), dtype=np.float32)).tolist() == []


def test_what_is_usable_is_taken_as_it_comes() -> None:
    encoder = SpoilingEncoder()
    assert np.array_equal(encoded(encoder, GOOD), HashingEncoder().encode(GOOD))
    assert encoder.calls == 1


def test_a_text_that_was_spoilt_beside_others_is_encoded_alone() -> None:
    assert np.array_equal(encoded(SpoilingEncoder(beside_others=True), GOOD), HashingEncoder().encode(GOOD))


def test_a_text_that_is_spoilt_alone_too_keeps_no_other_from_its_vector() -> None:
    vectors = encoded(SpoilingEncoder(GOOD[1]), GOOD)
    assert usable(vectors).tolist() == [True, False, True]
    assert np.array_equal(vectors[[0, 2]], HashingEncoder().encode(GOOD)[[0, 2]])


def test_an_encoder_that_spoils_a_plain_sentence_too_is_told_as_at_fault() -> None:
    with pytest.raises(EncoderFaultError, match="even of a plain sentence"):
        encoded(SpoilingEncoder(GOOD[1], PLAIN), GOOD)
