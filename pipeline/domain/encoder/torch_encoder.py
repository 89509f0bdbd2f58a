"""Runs an encoder with its full weights, through sentence-transformers and PyTorch: on a GPU, or on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from transformers.utils.logging import disable_progress_bar

from pipeline.domain.encoder.encoder_errors import reading
from pipeline.domain.encoder.weights import weights_digest

_BATCH = 32
"""Texts per forward pass on a CPU: more adds padding and misses the CPU's caches."""
_GPU_BATCH = 256
"""On a GPU: fewer leave it idle between two passes."""


class TorchEncoder:
    """A sentence-transformers model behind the `Encoder` protocol."""

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        prefix: str,
        max_tokens: int,
        threads: int = 0,
        device: str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        """Load the model in `folder`. `threads` 0: one per core. `device`, `dtype`: the fastest here.

        Raises UnreadableModelError.
        """
        if threads > 0:
            torch.set_num_threads(threads)
        disable_progress_bar()  # it would write among the logs on stderr
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self.name = name
        self._folder = folder
        self._prefix = prefix
        self._batch = _BATCH if device == "cpu" else _GPU_BATCH
        with reading(folder):
            self._model = SentenceTransformer(
                str(folder),
                device=device,
                local_files_only=True,
                model_kwargs={"dtype": dtype or fastest_dtype(device)},
            )
        self._model.max_seq_length = min(max_tokens, self._model.max_seq_length or max_tokens)
        self.dims = int(self._model.get_embedding_dimension() or 0)

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
            batch_size=self._batch,
            convert_to_numpy=True,
            show_progress_bar=False,
        ).astype(np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(norms, 1e-12)
        return unit


def fastest_dtype(device: str) -> torch.dtype:
    """bfloat16 where the CPU computes it natively: twice as fast, similarities differ by less than 0.001."""
    if device != "cpu":
        return torch.float32
    capabilities = torch.cpu.get_capabilities()
    native = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return torch.bfloat16 if native else torch.float32
