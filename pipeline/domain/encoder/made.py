"""The int8 form of an encoder where one was made: for roles that only use it, without the full weights."""

from __future__ import annotations

from pipeline.domain.encoder.backend import has_openvino
from pipeline.domain.encoder.models import model_spec
from pipeline.domain.encoder.protocol import Encoder
from pipeline.domain.encoder.quantised import QuantisingError, made_form
from pipeline.domain.encoder_names import quantised_name


def open_made(model: str) -> Encoder:
    """Load the form of `model`, to run on one thread; none is made here.

    Raises QuantisingError, which says what is missing; UnreadableModelError.
    """
    if not has_openvino():
        raise QuantisingError("openvino or tokenizers")
    form = made_form(model)
    if form is None:
        raise QuantisingError(f"an int8 form of {model}")
    from pipeline.domain.encoder.openvino_encoder import OpenVinoEncoder

    spec, name = model_spec(model), quantised_name(model)
    # One sentence at a time gains little by a second thread, whose waiting costs more than it computes.
    return OpenVinoEncoder(name, form, prefix=spec.prefix, max_tokens=spec.max_tokens, threads=1)
