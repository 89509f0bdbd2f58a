"""What encoders are called in records and artifacts; beside their folder, whose imports not every role brings."""

from __future__ import annotations

_INT8 = ":int8"


def quantised_name(model: str) -> str:
    """What the int8 form of `model` is called: its vectors must not pass for those of the full weights."""
    return f"{model}{_INT8}"


def full_weights_name(name: str) -> str:
    """The model of which `name` is the int8 form, or `name` itself."""
    return name.removesuffix(_INT8)
