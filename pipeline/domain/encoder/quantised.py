"""An encoder's int8 form on disk: the tokenizer, the vectors of its tokens, and a graph for OpenVINO.

Built once by `pipeline.domain.encoder.quantising`, which needs PyTorch and NNCF; read without either.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from pipeline.domain.encoder.calibration import CALIBRATION
from pipeline.domain.encoder.encoder_errors import EncoderError, UnreadableModelError
from pipeline.domain.encoder.model_cache import cache_folder, is_whole, model_folder

TOKENIZER = "tokenizer.json"
EMBEDDINGS = "embeddings.npy"
"""Shape (tokens, width), float16. Not in the graph, because OpenVINO would hold all of it in memory as float32;
read from the file, only the rows of tokens that occur are in memory, once for all processes."""
GRAPH = "encoder.xml"
"""From the vectors of a text's tokens to the text's vector."""
_FACTS = "facts.json"

NNCF_VERSION = "3.4.0"
"""Which NNCF quantises. Stated here, because where the result is read NNCF is not installed."""
_RECIPE = "2"
"""Raised when `pipeline.domain.encoder.quantising` changes what it writes."""


class QuantisingError(EncoderError):
    """The int8 form can't be made, or not here."""


@dataclass(frozen=True)
class Facts:
    """What the files don't say themselves."""

    dims: int
    pad_id: int
    longest: int
    """Tokens that the model can take at most."""


def quantised_folder(model: str, weights: Path) -> Path:
    """Where the int8 form of `model`, whose full weights lie in `weights`, belongs, whether it is there or not.

    Its name changes with the weights, the calibration, and the versions that quantise and run it.
    """
    digest = hashlib.sha256(f"{_RECIPE} nncf {NNCF_VERSION} openvino {version('openvino')}".encode())
    for path in [CALIBRATION, *sorted(each for each in weights.rglob("*") if each.is_file())]:
        with path.open("rb") as file:
            digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return model_folder(f"{Path(model).name}-int8-{digest.hexdigest()[:12]}")


def made_form(model: str) -> Path | None:
    """The int8 form of `model` that was made last, for a role without the full weights; None: there is none.

    Raises UnreadableModelError where none is whole.
    """
    forms = sorted(
        cache_folder().glob(f"models/{Path(model).name}-int8-*"),
        key=lambda form: (is_whole(form), form.stat().st_mtime, form.name),
    )
    if forms and not is_whole(forms[-1]):
        raise UnreadableModelError(forms[-1], "files are missing or cut short")
    return forms[-1] if forms else None


def write_facts(folder: Path, facts: Facts) -> None:
    """Put them beside the graph."""
    (folder / _FACTS).write_text(json.dumps(asdict(facts)), "utf-8")


def read_facts(folder: Path) -> Facts:
    """As they were written."""
    return Facts(**json.loads((folder / _FACTS).read_text("utf-8")))
