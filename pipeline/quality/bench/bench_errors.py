"""What a part of the bench can't measure."""

from __future__ import annotations

from pipeline.mendable import MendableError


class BenchError(MendableError):
    """Nothing was measured; the message says why and what to do."""
