"""The digest of a model's weights: the same for the same vectors, another one for others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.domain.encoder.weights import weights_digest


def model(folder: Path, weights: str = "weights", tokenizer: str = "tokens") -> Path:
    """A folder that looks like a model of two modules."""
    (folder / "2_Dense").mkdir(parents=True)
    modules = [{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense"}]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "model.safetensors").write_text(weights)
    (folder / "tokenizer.json").write_text(tokenizer)
    (folder / "2_Dense" / "model.safetensors").write_text("dense")
    return folder


def test_models_of_the_same_weights_have_the_same_digest(tmp_path: Path) -> None:
    assert weights_digest(model(tmp_path / "a")) == weights_digest(model(tmp_path / "b"))


@pytest.mark.parametrize("change", [
    lambda folder: (folder / "model.safetensors").write_text("other"),
    lambda folder: (folder / "tokenizer.json").write_text("other"),
    lambda folder: (folder / "2_Dense" / "model.safetensors").write_text("other"),
])  # fmt: skip
def test_other_weights_or_another_tokenizer_give_another_digest(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    folder = model(tmp_path / "a")
    before = weights_digest(folder)
    change(folder)
    assert weights_digest(folder) != before


def test_what_is_not_loaded_does_not_count(tmp_path: Path) -> None:
    folder = model(tmp_path / "a")
    before = weights_digest(folder)
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.safetensors").write_text("the same in another format")
    (folder / "pytorch_model.bin").write_text("the same in another format")
    (folder / "README.md").write_text("about it")
    assert weights_digest(folder) == before


def test_a_folder_of_weights_alone_is_a_model_too(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_text("weights")
    before = weights_digest(tmp_path)
    (tmp_path / "pytorch_model.bin").write_text("other")
    assert weights_digest(tmp_path) != before
