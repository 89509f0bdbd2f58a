"""The backends of the encoder that are compared, and what a row says of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.domain.encoder import loading
from pipeline.domain.encoder.models import MULTILINGUAL
from pipeline.quality.bench.encode import EXACT, EncodeOptions, compared, quantised_form, torch_forms
from pipeline.quality.bench.hashing_encoder import HashingEncoder
from pipeline.quality.bench.texts import made_texts


class NoisyEncoder(HashingEncoder):
    """As a coarser form of the same weights."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        noise = np.random.default_rng(0).standard_normal((len(texts), self.dims)).astype(np.float32)
        return super().encode(texts) + np.float32(0.01) * noise


def test_backends_are_compared_on_the_same_texts_and_each_round_is_told() -> None:
    told: list[str] = []
    encoders = {EXACT: HashingEncoder(), "noisy": NoisyEncoder()}
    exact, noisy = compared("short", encoders, made_texts(20, 2), 2, 8, told.append)
    assert (exact.ratio, exact.correlation, exact.largest_difference) == (1.0, 1.0, 0.0)
    assert noisy.correlation is not None
    assert 0.5 < noisy.correlation < 1.0
    assert noisy.largest_difference > 0.0
    assert told == ["short texts, round 1 of 2", "short texts, round 2 of 2"]


def test_one_pair_has_no_correlation_and_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    rows = compared("short", {EXACT: HashingEncoder(), "noisy": NoisyEncoder()}, made_texts(2, 2), 1, 8, print)
    assert [row.correlation for row in rows] == [None, None]
    assert rows[0].largest_difference == 0.0
    assert list(recwarn) == []


def test_texts_that_are_all_alike_have_no_correlation(recwarn: pytest.WarningsRecorder) -> None:
    (row,) = compared("short", {EXACT: HashingEncoder()}, ["the same"] * 4, 1, 8, print)
    assert row.correlation is None
    assert list(recwarn) == []


def test_where_there_is_a_gpu_its_forms_stand_beside_those_of_the_cpu() -> None:
    without, beside = torch_forms(gpu=False), torch_forms(gpu=True)
    assert [each.device for each in without] == ["cpu", "cpu"]
    assert beside[: len(without)] == without
    assert [(each.device, each.dtype) for each in beside[len(without) :]] == [
        ("cuda", "float32"), ("cuda", "bfloat16"), ("cuda", "float16"),
    ]  # fmt: skip
    assert len({each.name for each in beside}) == len(beside)


def test_without_openvino_int8_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "has_openvino", lambda: False)
    told: list[str] = []
    assert quantised_form(EncodeOptions(MULTILINGUAL), told.append) == {}
    assert told[-1].startswith("openvino int8 is left out: openvino is not installed")
