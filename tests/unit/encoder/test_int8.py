"""The int8 encoder that is shipped, against the full weights in float32."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pipeline.domain.encoder import Encoder
from pipeline.domain.encoder.loading import load_encoder
from pipeline.domain.encoder.locating import locate
from pipeline.domain.encoder.models import MULTILINGUAL, model_spec
from pipeline.quality.bench.texts import LONG, SENTENCES, SHORT, made_texts
from pipeline.settings import EncoderBackend


@pytest.fixture(scope="module")
def int8() -> Encoder:
    return load_encoder(backend=EncoderBackend.OPENVINO_INT8)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Of all lengths, in ten languages."""
    return [*made_texts(30, SHORT), *made_texts(10, LONG), "x"]


def test_similarities_are_those_of_the_full_weights(int8: Encoder, texts: list[str]) -> None:
    import torch

    from pipeline.domain.encoder.torch_encoder import TorchEncoder

    assert len(SENTENCES) == 10
    spec = model_spec(MULTILINGUAL)
    exact = TorchEncoder(
        MULTILINGUAL, locate(MULTILINGUAL), prefix=spec.prefix, max_tokens=spec.max_tokens, dtype=torch.float32
    ).encode(texts)
    found = int8.encode(texts)
    pairs = np.triu_indices(len(texts), 1)
    correlation = np.corrcoef((exact @ exact.T)[pairs], (found @ found.T)[pairs])[0, 1]
    assert correlation >= 0.99


def test_a_text_has_one_vector_in_whatever_company_it_comes(int8: Encoder, texts: list[str]) -> None:
    together = int8.encode(texts)
    assert np.array_equal(int8.encode(texts[::-1])[::-1], together)
    assert np.array_equal(np.vstack([int8.encode([each]) for each in texts]), together)


def test_threads_that_encode_at_a_time_get_their_own_vectors(int8: Encoder, texts: list[str]) -> None:
    together = int8.encode(texts)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(int8.encode, [texts[at::4] for at in range(4)]))
    assert all(np.array_equal(own, together[at::4]) for at, own in enumerate(found))


def test_vectors_have_unit_length_also_of_no_text_and_of_too_long_ones(int8: Encoder) -> None:
    vectors = int8.encode(["", "word " * 3_000])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert int8.encode([]).shape == (0, int8.dims)


def test_its_name_is_not_that_of_the_full_weights(int8: Encoder) -> None:
    assert int8.name == f"{MULTILINGUAL}:int8"
