"""What tells the publisher that two sentences say the same: the int8 encoder that the clusterer has, or words."""

from __future__ import annotations

import logging

import structlog

from pipeline.domain.encoder.encoder_errors import UnreadableModelError
from pipeline.domain.encoder.made import open_made
from pipeline.domain.encoder.quantised import QuantisingError
from pipeline.domain.story.meaning import SaysAgain, SentenceMeaning, by_words
from pipeline.settings import SentenceMeaning as How
from pipeline.settings import Settings

log = structlog.get_logger(__name__)


def paraphrases(settings: Settings, log_level: int = logging.INFO) -> SaysAgain:
    """By meaning where the settings want it and an encoder is there; none is made here. Logs which it is."""
    if settings.publisher.sentence_meaning is How.NEVER:
        return by_words
    try:
        encoder = open_made(settings.encoder.model)
    except UnreadableModelError as error:
        log.warning("sentences are told apart by their words", reason=str(error))
        return by_words
    except QuantisingError as error:
        log.log(log_level, "sentences are told apart by their words", missing=str(error))
        return by_words
    log.log(log_level, "sentences are told apart by their meaning", encoder=encoder.name)
    return SentenceMeaning(encoder)
