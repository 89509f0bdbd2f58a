"""Sentence encoders: texts in, unit vectors out."""

import sys

from pipeline.domain.encoder.lead import text_to_encode
from pipeline.domain.encoder.protocol import Encoder

__all__ = ["Encoder", "text_to_encode"]

# OpenVINO and NNCF report each use to their makers where they can import this.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
