"""The models whose particulars we know; any other model works with the defaults."""

from __future__ import annotations

from dataclasses import dataclass

MULTILINGUAL = "intfloat/multilingual-e5-small"
"""About 100 languages, 384 dimensions, MIT; the default."""

ENGLISH = "sentence-transformers/all-MiniLM-L6-v2"
"""English, 384 dimensions, Apache-2.0; twice as fast."""


@dataclass(frozen=True)
class ModelSpec:
    """What must be known of a model beyond its weights."""

    prefix: str = ""
    """Put before each text, as the model was trained. For a symmetric task e5 wants "query: "."""
    max_tokens: int = 256
    """Longest input; the rest of a text is cut off."""


_SPECS = {
    MULTILINGUAL: ModelSpec(prefix="query: "),
    "intfloat/multilingual-e5-base": ModelSpec(prefix="query: "),
    "intfloat/multilingual-e5-large": ModelSpec(prefix="query: "),
    ENGLISH: ModelSpec(),
}


def model_spec(model: str) -> ModelSpec:
    """The particulars of `model`, or the defaults where it is not known."""
    return _SPECS.get(model, ModelSpec())
