"""Sentence encoders: texts in, unit vectors out."""

from pipeline.encoder.loading import load_encoder
from pipeline.encoder.locating import EncoderNotFoundError
from pipeline.encoder.protocol import Encoder
from pipeline.encoder.text import text_to_encode

__all__ = ["Encoder", "EncoderNotFoundError", "load_encoder", "text_to_encode"]
