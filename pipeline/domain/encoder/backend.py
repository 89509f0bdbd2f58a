"""What this machine has that can run an encoder."""

from __future__ import annotations

import importlib.util
from pathlib import Path

_GPU_DEVICES = (Path("/dev/nvidiactl"), Path("/dev/dxg"), Path("/dev/kfd"))
"""Nvidia, Nvidia under WSL, AMD."""


def has_gpu() -> bool:
    """Whether PyTorch can use a GPU. It is only loaded to be asked where there is a device."""
    if not any(each.exists() for each in _GPU_DEVICES):
        return False
    import torch

    return torch.cuda.is_available()


def has_openvino() -> bool:
    """Whether what runs an int8 encoder is installed: extra `clusterer` brings it."""
    return _installed("openvino", "tokenizers")


def can_quantise() -> bool:
    """Whether what makes an int8 encoder is installed: group `quantise` brings it."""
    return _installed("nncf", "torch", "sentence_transformers")


def _installed(*packages: str) -> bool:
    return all(importlib.util.find_spec(each) is not None for each in packages)
