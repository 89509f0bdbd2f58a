"""An encoder's int8 form on disk: the tokenizer, the vectors of its tokens, and a graph for OpenVINO.

Built once by `pipeline.domain.encoder.quantising`, which needs PyTorch and NNCF; read without either.
"""

from __future__ import annotations

import glob
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
_DIGITS = 12
"""Of a digest in a name."""


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

    Its name changes with the whole name of the model, the calibration and the versions that quantise and run it,
    and with the weights.
    """
    digest = hashlib.sha256()
    for path in sorted(each for each in weights.rglob("*") if each.is_file()):
        with path.open("rb") as file:
            digest.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return model_folder(f"{_begin(model)}{digest.hexdigest()[:_DIGITS]}")


def made_form(model: str) -> Path | None:
    """The int8 form of `model` that this version makes, for a role without the full weights; None: there is none.

    Raises UnreadableModelError where it is not whole; QuantisingError where there are several, of other weights
    under the same name: which one the clusterer has can't be known without them.
    """
    forms = sorted(cache_folder().glob(f"models/{glob.escape(_begin(model))}*"))
    if len(forms) > 1:
        raise QuantisingError(
            f"one int8 form of {model}, there are {', '.join(map(str, forms))}: remove those of weights that are "
            "not used any more"
        )
    form = forms[0] if forms else None
    if form is not None and not is_whole(form):
        raise UnreadableModelError(form, "files are missing or cut short")
    return form


def _begin(model: str) -> str:
    """Of the name of a form: what is known of it without the weights."""
    made_by = f"{model} {_RECIPE} nncf {NNCF_VERSION} openvino {version('openvino')} ".encode()
    digest = hashlib.sha256(made_by + CALIBRATION.read_bytes()).hexdigest()[:_DIGITS]
    return f"{Path(model).name}-int8-{digest}-"


def write_facts(folder: Path, facts: Facts) -> None:
    """Put them beside the graph."""
    (folder / _FACTS).write_text(json.dumps(asdict(facts)), "utf-8")


def read_facts(folder: Path) -> Facts:
    """As they were written."""
    return Facts(**json.loads((folder / _FACTS).read_text("utf-8")))
