"""Makes an encoder's int8 form: PyTorch -> OpenVINO -> static int8 by NNCF. Takes minutes, so at install."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

import nncf
import numpy as np
import openvino
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from pipeline.domain.encoder.calibration import calibration_texts
from pipeline.domain.encoder.encoder_errors import reading
from pipeline.domain.encoder.models import ModelSpec
from pipeline.domain.encoder.quantised import (
    EMBEDDINGS,
    GRAPH,
    NNCF_VERSION,
    TOKENIZER,
    Facts,
    QuantisingError,
    write_facts,
)


class _Pooled(torch.nn.Module):
    """Vectors of tokens in, one unit vector a text out: pooling and normalising are part of the graph."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, inputs_embeds: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        features = {"inputs_embeds": inputs_embeds, "attention_mask": attention_mask}
        pooled: torch.Tensor = self.model(features)["sentence_embedding"]
        return pooled


def quantise(weights: Path, spec: ModelSpec, folder: Path) -> None:
    """Write the int8 form of the model in `weights` into `folder`, which exists.

    Raises QuantisingError where the model or the installed NNCF is not one that it is written for,
    UnreadableModelError.
    """
    if version("nncf") != NNCF_VERSION:
        raise QuantisingError(
            f"NNCF {version('nncf')} is installed, int8 encoders are made with {NNCF_VERSION}: "
            f"pip install nncf=={NNCF_VERSION}"
        )
    with reading(weights):
        model = SentenceTransformer(
            str(weights),
            device="cpu",
            local_files_only=True,
            model_kwargs={"dtype": torch.float32, "attn_implementation": "eager"},
        ).eval()
    if not hasattr(model.tokenizer, "backend_tokenizer"):
        raise QuantisingError(
            f"{weights} has no tokenizer.json, which an int8 encoder needs: set encoder.backend to torch"
        )
    transformer: Any = model[0]
    embeddings = transformer.auto_model.get_input_embeddings().weight.detach().numpy().astype(np.float16)
    inputs = [_inputs(model, embeddings, spec.prefix + text, spec.max_tokens) for text in calibration_texts()]
    quantised = nncf.quantize(
        _graph(model, inputs[0]),
        nncf.Dataset(inputs),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(inputs),
    )
    openvino.save_model(quantised, folder / GRAPH)
    np.save(folder / EMBEDDINGS, embeddings)
    model.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
    longest = int(model.max_seq_length or model.tokenizer.model_max_length)
    dims = int(model.get_embedding_dimension() or 0)
    write_facts(folder, Facts(dims=dims, pad_id=int(model.tokenizer.pad_token_id), longest=longest))


def _graph(model: SentenceTransformer, example: dict[str, NDArray[Any]]) -> openvino.Model:
    graph = openvino.convert_model(
        _Pooled(model), example_input={name: torch.from_numpy(values) for name, values in example.items()}
    )
    for port, (name, values) in zip(graph.inputs, example.items(), strict=True):
        port.get_node().set_partial_shape(openvino.PartialShape([-1, -1, *values.shape[2:]]))
        port.get_tensor().set_names({name})
    graph.validate_nodes_and_infer_types()
    return graph


def _inputs(
    model: SentenceTransformer, embeddings: NDArray[np.float16], text: str, longest: int
) -> dict[str, NDArray[Any]]:
    tokens = model.tokenizer([text], truncation=True, max_length=longest, return_tensors="np")
    return {
        "inputs_embeds": embeddings[tokens["input_ids"]].astype(np.float32),
        "attention_mask": tokens["attention_mask"].astype(np.int64),
    }
