"""Making an int8 form, of a model that is small enough to be made in seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from pipeline.domain.encoder import quantising
from pipeline.domain.encoder.calibration import calibration_texts
from pipeline.domain.encoder.models import ModelSpec
from pipeline.domain.encoder.openvino_encoder import OpenVinoEncoder
from pipeline.domain.encoder.quantised import QuantisingError
from pipeline.domain.encoder.torch_encoder import TorchEncoder

TEXTS = calibration_texts()[:12]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One layer of random weights, and a token for each word."""
    folder = tmp_path_factory.mktemp("weights")
    words = ["[PAD]", "[UNK]", *sorted({word for text in TEXTS for word in text.split()})]
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=128
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(folder)
    return folder


def test_the_int8_form_gives_nearly_the_vectors_of_the_full_weights(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantising, "calibration_texts", lambda: TEXTS)
    quantising.quantise(weights, ModelSpec(), tmp_path)
    int8 = OpenVinoEncoder("tiny", tmp_path, prefix="", max_tokens=64)
    exact = TorchEncoder("tiny", weights, prefix="", max_tokens=64, dtype=torch.float32)
    found = int8.encode(TEXTS)
    assert found.shape == (len(TEXTS), exact.dims)
    assert (found * exact.encode(TEXTS)).sum(axis=1).min() > 0.97


def test_another_nncf_is_refused_since_the_forms_name_would_lie(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantising, "version", lambda _: "1.0")
    with pytest.raises(QuantisingError, match=r"NNCF 1\.0 is installed.*pip install nncf=="):
        quantising.quantise(weights, ModelSpec(), tmp_path)
