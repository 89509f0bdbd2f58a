"""Loads an encoder through sentence-transformers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from transformers.utils.logging import disable_progress_bar

from pipeline.domain.encoder.locating import locate
from pipeline.domain.encoder.models import MULTILINGUAL, model_spec
from pipeline.domain.encoder.weights import weights_digest

_BATCH = 32
"""Texts per forward pass: more adds padding and misses the CPU's caches."""


class SentenceEncoder:
    """A sentence-transformers model behind the `Encoder` protocol."""

    def __init__(self, name: str, folder: Path, model: SentenceTransformer, prefix: str) -> None:
        self.name = name
        self._folder = folder
        self._model = model
        self._prefix = prefix
        self.dims = int(model.get_embedding_dimension() or 0)

    @cached_property
    def digest(self) -> str:
        """See `weights_digest`; read when it is first asked for."""
        return weights_digest(self._folder)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dims), unit length. Sorted by length inside, which saves padding."""
        if not texts:
            return np.zeros((0, self.dims), dtype=np.float32)
        vectors = self._model.encode(
            [self._prefix + text for text in texts],
            batch_size=_BATCH,
            convert_to_numpy=True,
            show_progress_bar=False,
        ).astype(np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(norms, 1e-12)
        return unit


def load_encoder(
    model: str = MULTILINGUAL, *, max_tokens: int | None = None, device: str = "cpu", threads: int = 0
) -> SentenceEncoder:
    """Load `model`, named by its Hugging Face id or by a path.

    `max_tokens` cuts longer texts (default: what the model's specification says). `threads` 0: one per core.
    Raises EncoderNotFoundError.
    """
    if threads > 0:
        torch.set_num_threads(threads)
    disable_progress_bar()  # type: ignore[no-untyped-call]  # it would write among the logs on stderr
    spec = model_spec(model)
    folder = locate(model)
    transformer = SentenceTransformer(
        str(folder), device=device, local_files_only=True, model_kwargs={"dtype": _dtype(device)}
    )
    longest = max_tokens or spec.max_tokens
    transformer.max_seq_length = min(longest, transformer.max_seq_length or longest)
    return SentenceEncoder(model, folder, transformer, spec.prefix)


def _dtype(device: str) -> torch.dtype:
    """bfloat16 where the CPU computes it natively: twice as fast, similarities differ by less than 0.001."""
    if device != "cpu":
        return torch.float32
    capabilities = torch.cpu.get_capabilities()
    native = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return torch.bfloat16 if native else torch.float32
