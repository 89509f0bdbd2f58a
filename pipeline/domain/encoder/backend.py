"""What is installed that can run or make an int8 encoder."""

from __future__ import annotations

import importlib.util


def has_openvino() -> bool:
    """Whether what runs an int8 encoder is installed: extra `clusterer` brings it."""
    return _installed("openvino", "tokenizers")


def can_quantise() -> bool:
    """Whether what makes an int8 encoder is installed: group `quantise` brings it."""
    return _installed("nncf", "torch", "sentence_transformers")


def _installed(*packages: str) -> bool:
    return all(importlib.util.find_spec(each) is not None for each in packages)
