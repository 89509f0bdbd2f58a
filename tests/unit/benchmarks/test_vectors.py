"""Vectors that are kept by text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.train import vectors
from benchmarks.train.vectors import CachedEncoder
from tests.unit.benchmarks.made_sets import WordEncoder


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> WordEncoder:
    """What the cache loads when it must."""
    loaded = WordEncoder()
    monkeypatch.setattr(vectors, "load_encoder", lambda name, **_: loaded)
    return loaded


def test_a_text_is_encoded_once_whoever_asks_later(model: WordEncoder, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "vectors.sqlite"
    first = CachedEncoder("made/words", path).encode(["a ferry", "a mine", "a ferry"])
    second = CachedEncoder("made/words", path).encode(["a mine", "a ferry"])
    assert model.asked == ["a ferry", "a mine"]
    assert np.array_equal(second, first[[1, 0]])
    assert np.array_equal(first[0], first[2])


def test_vectors_are_those_of_the_encoder_in_the_order_of_the_texts(model: WordEncoder, tmp_path: Path) -> None:
    texts = [f"text {at}" for at in range(1_100)]  # more than are asked for and encoded at once
    cache = CachedEncoder("made/words", tmp_path / "vectors.sqlite")
    expected = WordEncoder().encode(texts)
    assert np.array_equal(cache.encode(texts), expected)
    assert np.array_equal(cache.encode(texts), expected)


def test_two_encoders_share_a_file_and_no_vector(model: WordEncoder, tmp_path: Path) -> None:
    for name in ("made/words", "made/others"):
        CachedEncoder(name, tmp_path / "vectors.sqlite").encode(["a ferry"])
    assert model.asked == ["a ferry", "a ferry"]


def test_the_model_is_not_loaded_where_all_vectors_are_known(
    model: WordEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CachedEncoder("made/words", tmp_path / "vectors.sqlite").encode(["a ferry"])
    monkeypatch.setattr(vectors, "load_encoder", lambda name, **_: pytest.fail("loaded"))
    assert CachedEncoder("made/words", tmp_path / "vectors.sqlite").encode(["a ferry"]).shape == (1, 32)
