"""Loads an encoder with what runs it fastest here, or with what the settings name."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import structlog

from pipeline.domain.encoder.backend import can_quantise, has_openvino
from pipeline.domain.encoder.encoder_errors import EncoderError
from pipeline.domain.encoder.gpu import has_gpu
from pipeline.domain.encoder.locating import locate
from pipeline.domain.encoder.model_cache import built_once, is_whole
from pipeline.domain.encoder.models import MULTILINGUAL, ModelSpec, model_spec
from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.encoder.quantised import QuantisingError, quantised_folder
from pipeline.domain.encoder_names import quantised_name
from pipeline.settings import EncoderBackend

log = structlog.get_logger(__name__)


def load_encoder(
    model: str = MULTILINGUAL,
    *,
    backend: EncoderBackend = EncoderBackend.AUTO,
    max_tokens: int | None = None,
    threads: int = 0,
) -> Encoder:
    """Load `model`, named by its Hugging Face id or by a path.

    `max_tokens` cuts longer texts (default: what the model's specification says). `threads` 0: one per core.
    Makes the int8 form where it is wanted and not there yet: minutes, at the first time only.
    Raises EncoderError where it is not there or can't be read, or an int8 form is asked for by name and can't be
    had.
    """
    weights, spec = locate(model), model_spec(model)
    longest = max_tokens or spec.max_tokens
    if backend is EncoderBackend.OPENVINO_INT8 or (backend is EncoderBackend.AUTO and not has_gpu()):
        try:
            return _int8(model, weights, spec, longest, threads)
        except EncoderError as error:
            if backend is not EncoderBackend.AUTO:
                raise
            log.warning("no int8 encoder, so the full weights run", reason=str(error))
    from pipeline.domain.encoder.torch_encoder import TorchEncoder

    return TorchEncoder(model, weights, prefix=spec.prefix, max_tokens=longest, threads=threads)


def _int8(model: str, weights: Path, spec: ModelSpec, longest: int, threads: int) -> Encoder:
    folder = _int8_folder(model, weights, spec)
    from pipeline.domain.encoder.openvino_encoder import OpenVinoEncoder

    return OpenVinoEncoder(quantised_name(model), folder, prefix=spec.prefix, max_tokens=longest, threads=threads)


def _int8_folder(model: str, weights: Path, spec: ModelSpec) -> Path:
    if not has_openvino():
        raise QuantisingError("openvino is not installed, an int8 encoder needs it: install extra `clusterer`")
    folder = quantised_folder(model, weights)
    if is_whole(folder):
        return folder
    if not can_quantise():
        raise QuantisingError(
            f"{folder} is not there, or not whole, and NNCF, which makes it, is not installed: install extra "
            "`quantise` and run `python -m pipeline.domain.encoder`, or set encoder.backend to torch"
        )
    from pipeline.domain.encoder.quantising import quantise

    log.info("making the int8 encoder, this takes minutes and is done once", folder=str(folder))
    return built_once(folder, partial(quantise, weights, spec))
