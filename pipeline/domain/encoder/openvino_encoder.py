"""Runs an encoder's int8 form with OpenVINO. No PyTorch: a third of the memory, and ready in a second or two."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray
from tokenizers import Tokenizer

from pipeline.domain.encoder.encoder_errors import reading
from pipeline.domain.encoder.quantised import EMBEDDINGS, GRAPH, TOKENIZER, read_facts
from pipeline.domain.encoder.weights import files_digest

_STEP = 16
"""Texts are padded to a multiple of this many tokens, and run with those of the same length only. So a text's
vector is the same in whatever company it comes, and little is computed for nothing."""

_BATCH = 8
"""Texts per run, at most: with 16, 32 or 64 it is no faster and takes more memory."""

_MOST_STREAMS = 8
"""Runs at a time; with more cores than that each gets several threads, since each takes memory of its own."""

_Rows = tuple[NDArray[np.float32], list[int]]
"""Where the vectors of a run belong: in these rows of this array."""


class OpenVinoEncoder:
    """An int8 encoder behind the `Encoder` protocol."""

    def __init__(self, name: str, folder: Path, *, prefix: str, max_tokens: int, threads: int = 0) -> None:
        """Read the form in `folder`. `threads` 0: one per core. Raises UnreadableModelError.

        Each run has a thread to itself: threads that share one wait for each other after each layer.
        """
        self.name = name
        self._folder = folder
        self._prefix = prefix
        self._streams = min(threads or os.cpu_count() or 1, _MOST_STREAMS)
        properties = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_PRECISION_HINT": "f32",
            "NUM_STREAMS": str(self._streams),
            "ENABLE_CPU_PINNING": "NO",  # other processes need the cores too
        }
        if threads > 0:
            properties["INFERENCE_NUM_THREADS"] = str(threads)
        with reading(folder):
            facts = read_facts(folder)
            self._embeddings = np.load(folder / EMBEDDINGS, mmap_mode="r")
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            compiled = openvino.Core().compile_model(folder / GRAPH, "CPU", properties)
        self.dims = facts.dims
        self._pad_id = facts.pad_id
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(min(max_tokens, facts.longest))
        self._runs = openvino.AsyncInferQueue(compiled, self._streams)
        self._runs.set_callback(_keep)
        self._in_use = threading.Lock()

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the form and the tokenizer; read when it is first asked for."""
        form = self._folder / GRAPH
        files = (self._folder / EMBEDDINGS, form, form.with_suffix(".bin"), self._folder / TOKENIZER)
        return files_digest(files)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dims), unit length."""
        vectors = np.zeros((len(texts), self.dims), dtype=np.float32)
        tokens = [each.ids for each in self._tokenizer.encode_batch([self._prefix + text for text in texts])]
        share = -(-len(texts) // self._streams)
        with self._in_use:
            for rows in _alike(tokens, min(_BATCH, share)):
                self._runs.start_async(self._inputs([tokens[row] for row in rows]), (vectors, rows))
            self._runs.wait_all()
        return vectors

    def _inputs(self, tokens: list[list[int]]) -> dict[str, NDArray[Any]]:
        """Of texts whose padded length is the same."""
        ids = np.full((len(tokens), _padded(tokens[0])), self._pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, each in enumerate(tokens):
            ids[row, : len(each)] = each
            mask[row, : len(each)] = 1
        return {"inputs_embeds": self._embeddings[ids].astype(np.float32), "attention_mask": mask}


def _keep(run: openvino.InferRequest, belongs: _Rows) -> None:
    """A run is done: copy its vectors, before the next one overwrites them."""
    vectors, rows = belongs
    vectors[rows] = run.get_output_tensor().data


def _padded(tokens: Sequence[int]) -> int:
    return -(-len(tokens) // _STEP) * _STEP


def _alike(tokens: Sequence[Sequence[int]], most: int) -> Iterator[list[int]]:
    """Rows that run together: those of one padded length, at most so many. The longest come first, so that all
    threads end at about the same time."""
    rows: defaultdict[int, list[int]] = defaultdict(list)
    for row, each in enumerate(tokens):
        rows[_padded(each)].append(row)
    for _, alike in sorted(rows.items(), reverse=True):
        for at in range(0, len(alike), most):
            yield alike[at : at + most]
