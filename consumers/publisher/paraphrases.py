"""What tells the publisher that two sentences say the same: the int8 encoder that the clusterer has, or words."""

from __future__ import annotations

from pathlib import Path

import structlog

from pipeline.domain.encoder.backend import has_openvino
from pipeline.domain.encoder.models import model_spec
from pipeline.domain.encoder.quantised import made_form
from pipeline.domain.encoder_names import quantised_name
from pipeline.domain.story.meaning import SaysAgain, SentenceMeaning, by_words
from pipeline.settings import SentenceMeaning as How
from pipeline.settings import Settings

log = structlog.get_logger(__name__)


def paraphrases(settings: Settings) -> SaysAgain:
    """By meaning where the settings want it and an encoder is there; none is made here."""
    if settings.publisher.sentence_meaning is How.NEVER:
        return by_words
    model = settings.encoder.model
    form = made_form(model) if has_openvino() else None
    if form is None:
        missing = f"an int8 form of {model}" if has_openvino() else "openvino or tokenizers"
        log.info("sentences are told apart by their words", missing=missing)
        return by_words
    return _by_meaning(form, settings.encoder.model)


def _by_meaning(form: Path, model: str) -> SaysAgain:
    from pipeline.domain.encoder.openvino_encoder import OpenVinoEncoder

    spec, name = model_spec(model), quantised_name(model)
    # One sentence at a time gains little by a second thread, whose waiting costs more than it computes.
    encoder = OpenVinoEncoder(name, form, prefix=spec.prefix, max_tokens=spec.max_tokens, threads=1)
    log.info("sentences are told apart by their meaning", encoder=name)
    return SentenceMeaning(encoder).says_again
