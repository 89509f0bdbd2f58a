"""Vectors kept in one file, by text: encoding is what takes long, and texts seldom change."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.encoder import Encoder
from pipeline.domain.encoder.loading import load_encoder
from pipeline.domain.encoder_names import quantised_name
from pipeline.settings import EncoderBackend

ENCODED_AT_ONCE = 512
"""Texts between two writes, so that a run that is broken off loses little."""

_ASKED_AT_ONCE = 500
"""Keys in one query; SQLite has a bound."""


class CachedEncoder:
    """An encoder, for what its file does not hold; where it holds all, it is never loaded."""

    def __init__(self, model: str, path: Path, backend: EncoderBackend = EncoderBackend.TORCH) -> None:
        self._model = model
        self._backend = backend
        self._name = model if backend is EncoderBackend.TORCH else quantised_name(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = sqlite3.connect(path)
        self._file.execute("create table if not exists v (k blob primary key, x blob)")

    @property
    def name(self) -> str:
        """See Encoder."""
        return self._name

    @property
    def digest(self) -> str:
        """See Encoder."""
        return self._encoder.digest

    @property
    def dims(self) -> int:
        """See Encoder."""
        return self._encoder.dims

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See Encoder."""
        keys = [self._key(each) for each in texts]
        known = self._known(keys)
        missing = [(key, text) for key, text in dict(zip(keys, texts, strict=True)).items() if key not in known]
        for at in range(0, len(missing), ENCODED_AT_ONCE):
            part = dict(missing[at : at + ENCODED_AT_ONCE])
            fresh = dict(zip(part, self._encoder.encode(list(part.values())), strict=True))
            rows = [(key, vector.astype("<f4").tobytes()) for key, vector in fresh.items()]
            with self._file:
                self._file.executemany("insert or replace into v values (?, ?)", rows)
            known.update(fresh)
        return np.stack([known[each] for each in keys])

    @cached_property
    def _encoder(self) -> Encoder:
        return load_encoder(self._model, backend=self._backend)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._name}\0{text}".encode("utf-8", "surrogatepass")).digest()

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        return {
            key: np.frombuffer(vector, dtype="<f4").astype(np.float32)
            for part in _parts(keys)
            for key, vector in self._file.execute(
                f"select k, x from v where k in ({','.join('?' * len(part))})", part
            )
        }


def _parts(keys: Sequence[bytes]) -> Iterator[list[bytes]]:
    return (list(keys[at : at + _ASKED_AT_ONCE]) for at in range(0, len(keys), _ASKED_AT_ONCE))
