"""Tells a model from another one of the same name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


def weights_digest(folder: Path) -> str:
    """SHA-256 over the weights and the tokenizer in a model's folder, as sentence-transformers would load them.

    About a second for 470 MB. The model's configuration beside them, which libraries write differently, does not
    count, nor does the precision that a processor computes in.
    """
    return files_digest(_files(folder))


def files_digest(paths: Iterable[Path]) -> str:
    """SHA-256 over the digests of files, in this order."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    """Of the model's folder and those of its modules; others hold the same in formats that we don't load."""
    listed = folder / "modules.json"
    modules = json.loads(listed.read_text("utf-8")) if listed.is_file() else []
    folders = sorted({folder, *(folder / each["path"] for each in modules)})
    return [file for each in folders for file in (*_weights(each), *sorted(each.glob("tokenizer.json")))]


def _weights(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
